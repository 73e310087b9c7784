//! A bare TLS client, for hellos that no ordinary program sends.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A client configuration that trusts this root alone.
pub fn trusting(root: &Path) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).expect("the root is PEM") {
        roots.add(certificate.unwrap()).unwrap();
    }
    ClientConfig::builder().with_root_certificates(roots).with_no_client_auth()
}

/// A connected socket whose reads end.
pub fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the port is open");
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Shakes hands for `name` and sends one GET; gives the whole answer, or the TLS error.
pub fn get(config: &Arc<ClientConfig>, address: SocketAddr, name: &str) -> std::io::Result<String> {
    let server = ServerName::try_from(name.to_owned()).expect("a server name");
    let connection = ClientConnection::new(Arc::clone(config), server).unwrap();
    let mut stream = StreamOwned::new(connection, dial(address));
    let host = name.trim_end_matches('.');
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    write!(stream, "GET /x.css HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
