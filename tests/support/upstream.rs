//! A resolver for the gateway to ask, which says what a test wants and counts what it was asked.

use std::collections::HashMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use hickory_proto::op::{Message, MessageType};

/// What to say to a query, which came by TCP or not; nothing for silence.
pub type Says = dyn Fn(&Message, bool) -> Option<Message> + Send + Sync;

/// A running resolver.
pub struct Upstream {
    /// Where it answers, over UDP and TCP.
    pub address: SocketAddr,
    asked: Arc<Mutex<HashMap<String, usize>>>,
    ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Upstream {
    /// Starts on a free port of loopback.
    pub fn start(says: impl Fn(&Message, bool) -> Option<Message> + Send + Sync + 'static) -> Self {
        let (udp, tcp) = both();
        let address = udp.local_addr().unwrap();
        let says: Arc<Says> = Arc::new(says);
        let asked = Arc::<Mutex<HashMap<String, usize>>>::default();
        let ended = Arc::<AtomicBool>::default();
        let note = |asked: &Mutex<HashMap<String, usize>>, query: &Message| {
            let name = query.queries[0].name().to_ascii();
            *asked.lock().unwrap().entry(name).or_default() += 1;
        };
        let (say, keep, stop) = (Arc::clone(&says), Arc::clone(&asked), Arc::clone(&ended));
        let datagrams = move || {
            let mut octets = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut octets) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let query = Message::from_vec(&octets[..length]).expect("the gateway's queries");
                note(&keep, &query);
                if let Some(answer) = say(&query, false) {
                    let _ = udp.send_to(&answer.to_vec().unwrap(), from);
                }
            }
        };
        let (keep, stop) = (Arc::clone(&asked), Arc::clone(&ended));
        let streams = move || {
            for mut stream in tcp.incoming().map_while(Result::ok) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let mut length = [0; 2];
                if stream.read_exact(&mut length).is_err() {
                    continue;
                }
                let mut octets = vec![0; u16::from_be_bytes(length).into()];
                stream.read_exact(&mut octets).unwrap();
                let query = Message::from_vec(&octets).expect("the gateway's queries");
                note(&keep, &query);
                if let Some(answer) = says(&query, true) {
                    let octets = answer.to_vec().unwrap();
                    let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
                    let _ = stream.write_all(&[&length[..], &octets].concat());
                }
            }
        };
        let start = |work: Box<dyn FnOnce() + Send>| std::thread::Builder::new().spawn(work);
        let threads = vec![start(Box::new(datagrams)).unwrap(), start(Box::new(streams)).unwrap()];
        Self { address, asked, ended, threads }
    }

    /// How often it was asked for this name, which ends in a dot.
    pub fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or(0)
    }

    /// How many different names below this it was asked for.
    pub fn asked_below(&self, parent: &str) -> usize {
        self.asked.lock().unwrap().keys().filter(|name| name.ends_with(parent)).count()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let waker = UdpSocket::bind("127.0.0.1:0").unwrap();
        let _ = waker.send_to(&[0], self.address);
        let _ = TcpStream::connect(self.address);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// An answer without records to a query.
pub fn answer(query: &Message) -> Message {
    let mut answer = Message::new(query.metadata.id, MessageType::Response, query.metadata.op_code);
    answer.metadata.recursion_available = true;
    answer.add_queries(query.queries.iter().cloned());
    if let Some(edns) = &query.edns {
        let mut own = hickory_proto::op::Edns::new();
        own.set_dnssec_ok(edns.flags().dnssec_ok);
        answer.set_edns(own);
    }
    answer
}

/// A port that is free for both.
fn both() -> (UdpSocket, TcpListener) {
    loop {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        if let Ok(udp) = UdpSocket::bind(tcp.local_addr().unwrap()) {
            return (udp, tcp);
        }
    }
}
