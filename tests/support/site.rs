//! A site that is not blocked, under a root of its own, with pages that want blocked things.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

use super::namespace::{Namespace, SITE_V4, SITE_V6};
use super::web::identity;

/// The site's name.
pub const NAME: &str = "sample.test";

/// A running site.
pub struct Site {
    folder: TempDir,
    ended: Arc<AtomicBool>,
    space: Arc<Namespace>,
    servers: Vec<JoinHandle<()>>,
}

impl Site {
    /// Serves these pages, by path, as HTML.
    pub fn start(space: &Arc<Namespace>, pages: HashMap<&'static str, String>) -> Self {
        Self::start_named(space, NAME, pages)
    }

    /// The same under another name.
    pub fn start_named(
        space: &Arc<Namespace>,
        name: &str,
        pages: HashMap<&'static str, String>,
    ) -> Self {
        let folder = TempDir::new().expect("a folder for the site's root");
        let config = Arc::new(identity(&folder.path().join("root.pem"), &[name], false));
        let pages = Arc::new(pages);
        let ended = Arc::new(AtomicBool::new(false));
        let mut servers = Vec::new();
        for address in addresses() {
            let listener = space.listen(address).expect("the site's port");
            let (config, pages) = (Arc::clone(&config), Arc::clone(&pages));
            let stop = Arc::clone(&ended);
            let serve = move || {
                std::thread::scope(|scope| {
                    for stream in listener.incoming().map_while(Result::ok) {
                        if stop.load(Ordering::Relaxed) {
                            break;
                        }
                        let (config, pages) = (Arc::clone(&config), &pages);
                        // A browser that leaves in mid-answer is no failure of the test.
                        scope.spawn(move || drop(answer(stream, config, pages)));
                    }
                });
            };
            servers.push(std::thread::Builder::new().spawn(serve).expect("a thread"));
        }
        Self { folder, ended, space: Arc::clone(space), servers }
    }

    /// The site's root certificate.
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("root.pem")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        for (address, server) in addresses().into_iter().zip(self.servers.drain(..)) {
            // Wakes it from `accept`.
            let _ = self.space.connect(address);
            let _ = server.join();
        }
    }
}

fn addresses() -> [SocketAddr; 2] {
    [SITE_V4, SITE_V6].map(|text| (text.parse::<IpAddr>().expect("an address"), 443).into())
}

fn answer(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    pages: &HashMap<&'static str, String>,
) -> std::io::Result<()> {
    // A preconnected socket that is never used must not outlive the test by much.
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let connection = ServerConnection::new(config).expect("a connection");
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match pages.get(path) {
        Some(body) => ("200 OK", body.as_str()),
        None => ("404 Not Found", ""),
    };
    let stream = stream.get_mut();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )?;
    stream.conn.send_close_notify();
    stream.flush()
}
