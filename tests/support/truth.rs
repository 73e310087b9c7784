//! A name server that knows the truth about every name: the same for all of them.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use hickory_proto::op::{Message, MessageType, OpCode};
use hickory_proto::rr::rdata::{A, AAAA, HTTPS, MX, SVCB, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// The address that every name really has.
pub const TRUE_V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 9);
/// The same for IPv6.
pub const TRUE_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0x99);

/// A running name server.
pub struct Truth {
    /// Where it answers.
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, RecordType)>>>,
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Truth {
    /// Starts one on loopback.
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        let address = socket.local_addr().unwrap();
        let asked = Arc::<Mutex<Vec<_>>>::default();
        let done = Arc::<AtomicBool>::default();
        let (keep, end) = (Arc::clone(&asked), Arc::clone(&done));
        let thread = std::thread::Builder::new().spawn(move || {
            let mut octets = [0; 4096];
            while !end.load(Ordering::Relaxed) {
                let Ok((length, client)) = socket.recv_from(&mut octets) else { continue };
                let Ok(question) = Message::from_vec(&octets[..length]) else { continue };
                for query in &question.queries {
                    let name = query.name().to_lowercase().to_ascii();
                    keep.lock().unwrap().push((name, query.query_type()));
                }
                let _ = socket.send_to(&answer(&question).to_vec().unwrap(), client);
            }
        });
        Self { address, asked, done, thread: Some(thread.unwrap()) }
    }

    /// What was asked for since the last call: names with a dot at the end.
    pub fn asked(&self) -> Vec<(String, RecordType)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn answer(question: &Message) -> Message {
    let mut answer = Message::new(question.metadata.id, MessageType::Response, OpCode::Query);
    answer.metadata.authoritative = true;
    answer.metadata.recursion_desired = question.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    for query in &question.queries {
        answer.add_query(query.clone());
        let svcb = || SVCB::new(1, Name::root(), Vec::new());
        let data = match query.query_type() {
            RecordType::A => RData::A(A(TRUE_V4)),
            RecordType::AAAA => RData::AAAA(AAAA(TRUE_V6)),
            RecordType::HTTPS => RData::HTTPS(HTTPS(svcb())),
            RecordType::SVCB => RData::SVCB(svcb()),
            RecordType::MX => RData::MX(MX::new(10, Name::from_ascii("mail.truth.").unwrap())),
            RecordType::TXT => RData::TXT(TXT::new(vec!["the truth".to_owned()])),
            _ => continue,
        };
        answer.add_answer(Record::from_rdata(query.name().clone(), 60, data));
    }
    answer
}
