//! A bare TLS client, for hellos that no ordinary program sends.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A client configuration that trusts this root alone.
pub fn trusting(root: &Path) -> ClientConfig {
    trusting_in(root, rustls::ALL_VERSIONS)
}

/// The same in these versions of TLS.
pub fn trusting_in(
    root: &Path,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(root).expect("the root is PEM") {
        roots.add(certificate.unwrap()).unwrap();
    }
    let builder = ClientConfig::builder_with_protocol_versions(versions);
    builder.with_root_certificates(roots).with_no_client_auth()
}

/// A connected socket whose reads end.
pub fn dial(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the port is open");
    // As browsers do. A request in pieces would wait for the acknowledgement of the first, 40 ms.
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// The same from another address of the loopback network.
pub fn dial_from(from: IpAddr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    bind(socket.as_fd(), &SocketAddr::new(from, 0))?;
    connect(socket.as_fd(), &to)?;
    let stream = TcpStream::from(socket);
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// Shakes hands for `name` and sends one GET; gives the whole answer, or the TLS error.
pub fn get(config: &Arc<ClientConfig>, address: SocketAddr, name: &str) -> std::io::Result<String> {
    get_over(config, dial(address), name)
}

/// The same over this socket.
pub fn get_over(
    config: &Arc<ClientConfig>,
    socket: TcpStream,
    name: &str,
) -> std::io::Result<String> {
    let server = ServerName::try_from(name.to_owned()).expect("a server name");
    let connection = ClientConnection::new(Arc::clone(config), server).unwrap();
    let mut stream = StreamOwned::new(connection, socket);
    let host = name.trim_end_matches('.');
    let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    // In one piece: an origin that answers the first of several and closes resets the connection, and what it
    // has not sent by then is lost.
    let request = format!("GET /x.css HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Opens a page over HTTP/2, reads all of it, and leaves the connection alone; gives the status, and
/// whether the server then ended the connection by itself.
pub fn visit_until_the_end(config: &ClientConfig, address: SocketAddr, name: &str) -> (u16, bool) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // An answer and the end of its connection may be read at once, and this client then gives the end.
    let mut visits = (0..30).map(|_| runtime.block_on(visit(config.clone(), address, name)));
    visits.find_map(Result::ok).expect("an answer")
}

async fn visit(
    mut config: ClientConfig,
    address: SocketAddr,
    name: &str,
) -> Result<(u16, bool), hyper::Error> {
    use http_body_util::{BodyExt as _, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    config.alpn_protocols = vec![b"h2".to_vec()];
    let server = ServerName::try_from(name.to_owned()).expect("a server name");
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let stream = TokioIo::new(connector.connect(server, socket).await.unwrap());
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
    let request = http::Request::get(format!("https://{name}/"))
        .header("accept", "text/html")
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let visit = async {
        let answer = sender.send_request(request).await?;
        let status = answer.status().as_u16();
        answer.into_body().collect().await?;
        // The sender stays, so that the client has no reason to end the connection.
        Ok((status, sender))
    };
    // Far less than the minute after which an idle connection ends anyway.
    let patience = Duration::from_secs(30);
    let ended = tokio::time::timeout(patience, connection);
    let (visited, ended) = tokio::join!(visit, ended);
    visited.map(|(status, _sender)| (status, ended.is_ok()))
}
