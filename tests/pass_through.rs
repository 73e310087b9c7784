//! The ways of a request to its site that a table of messages does not show: HTTP/2 all the way, bodies
//! that somebody stops, several addresses, hosts that are addresses, heads with two meanings.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::runtime::Runtime;

use crate::support::curl::Way;
use crate::support::h2::{self, Answered, Answering, H2Site, Heard, Octets, body, fed, read, soon};
use crate::support::person::{CONTINUE, Person};
use crate::support::resolver::Resolver;
use crate::support::scripted::{Script, Scripted, Wire};
use crate::support::server::{Blockhouse, before_sites};
use crate::support::tls::trusting;
use crate::support::web::Web;

const SITES: [&str; 2] = ["warned.test", "*.warned.test"];

/// A site that speaks HTTP/2 alone, a server in front of it, and somebody who may go on.
struct Place {
    runtime: Runtime,
    server: Blockhouse,
    site: H2Site,
    ip: &'static str,
    cookies: String,
    _dns: Resolver,
}

impl Place {
    fn new(ip: &'static str, answer: impl Answering) -> Self {
        let site = H2Site::start(ip, &SITES, answer);
        let dns = Resolver::start(&[("test", ip)]);
        let server =
            Blockhouse::with(&before_sites(dns.address, &site.root(), &format!("\"{ip}\"")));
        let person = Person::new(&server, Way::H2);
        let first = person.go_on("warned.test", "/", &[]);
        assert_eq!(first.status, 200, "{}", first.text());
        let cookies = person.cookies();
        drop(person);
        Self { runtime: Runtime::new().unwrap(), server, site, ip, cookies, _dns: dns }
    }

    async fn through(&self) -> hyper::client::conn::http2::SendRequest<Octets> {
        let address = self.server.https()[0];
        h2::connect(trusting(&self.server.root()), address, "warned.test").await
    }

    async fn direct(&self) -> hyper::client::conn::http2::SendRequest<Octets> {
        let address = SocketAddr::new(self.ip.parse().unwrap(), 443);
        h2::connect(trusting(&self.site.root()), address, "warned.test").await
    }

    fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("https://warned.test{path}"))
            .header("cookie", self.cookies.as_str())
    }
}

fn ok(octets: Octets) -> Answered {
    Box::pin(std::future::ready(Response::new(octets)))
}

fn trailers(of: &[(&'static str, &'static str)]) -> HeaderMap {
    of.iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect()
}

/// A row: what is asked.
struct Row {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    fields: &'static [(&'static str, &'static [u8])],
    data: &'static [&'static [u8]],
    trailers: &'static [(&'static str, &'static str)],
}

const PLAIN: Row =
    Row { name: "", method: "GET", path: "/", fields: &[], data: &[], trailers: &[] };

const ROWS: [Row; 17] = [
    Row { name: "get", ..PLAIN },
    Row { name: "head", method: "HEAD", path: "/head", ..PLAIN },
    Row { name: "options", method: "OPTIONS", ..PLAIN },
    Row { name: "delete", method: "DELETE", ..PLAIN },
    Row { name: "a method of its own", method: "BREW", data: &[b"pot"], ..PLAIN },
    Row { name: "post", method: "POST", data: &[b"one", b"two"], ..PLAIN },
    Row {
        name: "post with a length",
        method: "POST",
        fields: &[("content-length", b"6")],
        data: &[b"one", b"two"],
        ..PLAIN
    },
    Row { name: "post of nothing", method: "POST", fields: &[("content-length", b"0")], ..PLAIN },
    Row {
        name: "trailers up and down",
        method: "POST",
        path: "/trailers",
        fields: &[("te", b"trailers"), ("trailer", b"x-sum")],
        data: &[b"one"],
        trailers: &[("x-sum", "1"), ("x-more", "2")],
    },
    Row { name: "trailers alone", path: "/trailers-only", fields: &[("te", b"trailers")], ..PLAIN },
    Row {
        name: "fields",
        path: "/fields?a=%20&b&&c=1=2&%e2=%E2",
        fields: &[
            ("x-twice", b"1"),
            ("x-twice", b"2"),
            ("x-empty", b""),
            ("x-latin", b"caf\xe9 \xff"),
            ("x-spaced", b"a  b\tc"),
            ("accept-encoding", b"gzip, br;q=0.5"),
            ("authorization", b"Basic dTpw"),
            ("range", b"bytes=0-3"),
            ("if-none-match", b"W/\"x\""),
            ("priority", b"u=1, i"),
        ],
        ..PLAIN
    },
    Row { name: "no content", path: "/204", ..PLAIN },
    Row { name: "not modified", path: "/304", ..PLAIN },
    Row { name: "moved", path: "/307", method: "POST", data: &[b"x"], ..PLAIN },
    Row { name: "teapot", path: "/418", ..PLAIN },
    Row { name: "unavailable", path: "/503", ..PLAIN },
    Row { name: "five megabytes", path: "/large", ..PLAIN },
];

fn answer_of(path: &str) -> Response<Octets> {
    let builder = Response::builder();
    let empty = body(&[], None);
    match path {
        "/head" => builder.header("content-length", "1234").body(empty),
        "/trailers" => {
            builder.body(body(&[b"do", b"wn"], Some(trailers(&[("x-sum", "2"), ("x-b", "")]))))
        }
        "/trailers-only" => builder.body(body(&[], Some(trailers(&[("x-status", "0")])))),
        "/fields" => builder
            .header("set-cookie", "a=1; Path=/")
            .header("x-twice", "1")
            .header("set-cookie", "__Host-b=2; Secure; Path=/")
            .header("x-twice", "2")
            .header("x-empty", "")
            .header("x-latin", HeaderValue::from_bytes(b"caf\xe9 \xff").unwrap())
            .header("strict-transport-security", "max-age=1; includeSubDomains")
            .header("content-security-policy", "default-src 'none'")
            .header("content-encoding", "br")
            .header("content-length", "4")
            .header("date", "Mon, 01 Jan 2024 00:00:00 GMT")
            .header("x-long", "v".repeat(8000))
            .body(body(&[b"\x8b\0", b"\xff\x1f"], None)),
        "/204" => builder.status(204).body(empty),
        "/304" => builder.status(304).header("etag", "\"x\"").body(empty),
        "/307" => builder.status(307).header("location", "https://elsewhere.test/?a=b").body(empty),
        "/418" => builder.status(418).body(body(&[b"short"], None)),
        "/503" => builder.status(503).header("retry-after", "7").body(empty),
        "/large" => builder.body(body(&[&vec![1; 2_000_000], &vec![2; 3_000_001]], None)),
        _ => builder.body(body(&[b"ok"], None)),
    }
    .unwrap()
}

#[test]
fn http_2_all_the_way_passes_the_same() {
    let (tell, told) = mpsc::channel::<Heard>();
    let answer = move |request: Request<Incoming>| -> Answered {
        let tell = tell.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let (body, trailers) = read(body).await.unwrap();
            let answer = answer_of(head.uri.path());
            tell.send(Heard { head, body, trailers }).unwrap();
            answer
        })
    };
    let place = Place::new("127.80.1.1", answer);
    told.try_iter().count();
    place.runtime.block_on(async {
        let (mut direct, mut through) = (place.direct().await, place.through().await);
        for row in &ROWS {
            let mut answers = Vec::new();
            for sender in [&mut direct, &mut through] {
                let mut request = place.request(row.method, row.path);
                for (name, value) in row.fields {
                    request = request.header(*name, HeaderValue::from_bytes(value).unwrap());
                }
                let up = (!row.trailers.is_empty()).then(|| trailers(row.trailers));
                let request = request.body(body(row.data, up)).unwrap();
                let answer = soon(row.name, sender.send_request(request)).await.unwrap();
                let (head, octets) = answer.into_parts();
                let (octets, down) = soon(row.name, read(octets)).await.unwrap();
                let down = down.map(|fields| h2::lines(&fields, &[]));
                // Hyper puts the date in where the site sent none.
                answers.push((head.status, h2::lines(&head.headers, &["date"]), octets, down));
            }
            assert_eq!(answers[1].0, answers[0].0, "{}: the status", row.name);
            assert_eq!(answers[1].1, answers[0].1, "{}: the fields", row.name);
            assert!(answers[1].2 == answers[0].2, "{}: the body", row.name);
            assert_eq!(answers[1].3, answers[0].3, "{}: the trailers", row.name);
            if row.name == "trailers up and down" {
                assert!(answers[1].3.is_some(), "there were trailers to compare");
            }

            let [direct, through] = [told.recv().unwrap(), told.recv().unwrap()];
            assert!(h2::is_h2(&through.head), "{}: {:?}", row.name, through.head.version);
            assert_eq!(through.head.method, direct.head.method, "{}", row.name);
            assert_eq!(through.head.uri, direct.head.uri, "{}", row.name);
            // Our cookies are in the direct request alone.
            let of = |heard: &Heard| {
                let mut lines = h2::lines(&heard.head.headers, &["via", "cookie"]);
                // Whether a request without a body says so is a matter of framing.
                lines.retain(|line| line != "content-length: 0");
                lines
            };
            assert_eq!(of(&through), of(&direct), "{}: the fields that the site got", row.name);
            assert!(!through.head.headers.contains_key("cookie"), "{}", row.name);
            let via = through.head.headers["via"].to_str().unwrap();
            assert!(via.starts_with("2 "), "{via}");
            assert_eq!(through.body, direct.body, "{}: the body that the site got", row.name);
            let up = |heard: &Heard| heard.trailers.as_ref().map(|fields| h2::lines(fields, &[]));
            assert_eq!(up(&through), up(&direct), "{}: the trailers that the site got", row.name);
        }
    });
    // Two of ours: curl's, and all of these; and one direct.
    assert!(*place.site.connections.lock().unwrap() <= 3, "connections are kept");
}

#[test]
fn both_sides_talk_at_the_same_time() {
    let answer = |request: Request<Incoming>| -> Answered {
        if request.method() == "GET" {
            return ok(body(&[b"ok"], None));
        }
        // Each part goes back before the next one comes.
        ok(request.into_body().map_err(std::io::Error::other).boxed_unsync())
    };
    let place = Place::new("127.80.2.1", answer);
    place.runtime.block_on(async {
        let (feed, octets) = fed();
        let mut sender = place.through().await;
        let request = place.request("POST", "/echo").body(octets).unwrap();
        feed.send(Ok(Bytes::from_static(b"first"))).await.unwrap();
        let mut answer = soon("the head", sender.send_request(request)).await.unwrap();
        for part in ["first", "second", "third"] {
            if part != "first" {
                feed.send(Ok(Bytes::from_static(part.as_bytes()))).await.unwrap();
            }
            let frame = soon(part, answer.frame()).await.unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), part.as_bytes());
        }
        drop(feed);
        let (rest, _) = soon("the end", read(answer.into_body())).await.unwrap();
        assert!(rest.is_empty());
    });
}

#[test]
fn a_stream_that_breaks_off_spoils_no_other() {
    let answer = |request: Request<Incoming>| -> Answered {
        match request.uri().path() {
            "/broken" => {
                let (feed, octets) = fed();
                tokio::spawn(async move {
                    let _ = feed.send(Ok(Bytes::from_static(b"ten octets"))).await;
                    let _ = feed.send(Err(ErrorKind::Other.into())).await;
                });
                ok(octets)
            }
            _ => ok(body(&[b"ok"], None)),
        }
    };
    let place = Place::new("127.80.3.1", answer);
    place.runtime.block_on(async {
        let mut sender = place.through().await;
        for _ in 0..3 {
            let mut ask = |path: &str| {
                let request = place.request("GET", path).body(body(&[], None)).unwrap();
                sender.send_request(request)
            };
            let (broken, whole) = tokio::join!(ask("/broken"), ask("/"));
            let mut ends = false;
            // Either there is no answer to see, or one that does not look whole.
            match broken {
                Err(_) => {}
                Ok(broken) if broken.status() == StatusCode::OK => {
                    assert!(soon("the break", read(broken.into_body())).await.is_err());
                }
                Ok(broken) => {
                    assert_eq!(broken.status(), StatusCode::BAD_GATEWAY);
                    // After a page of ours the browser is to come anew.
                    ends = true;
                }
            }
            let (octets, _) = soon("the other", read(whole.unwrap().into_body())).await.unwrap();
            assert_eq!(octets, b"ok");
            if ends {
                sender = place.through().await;
            }
        }
    });
}

#[test]
fn what_one_client_takes_up_at_a_site_is_not_the_others() {
    let (came, comes) = mpsc::channel();
    let answer = move |request: Request<Incoming>| -> Answered {
        let came = came.clone();
        match request.uri().path() {
            // Reads nothing, and says nothing.
            "/hang" => Box::pin(async move {
                came.send(()).unwrap();
                let _held = request;
                std::future::pending().await
            }),
            _ => ok(request.into_body().map_err(std::io::Error::other).boxed_unsync()),
        }
    };
    let place = Place::new("127.80.20.1", answer);
    place.runtime.block_on(async {
        // Two hundred streams are what the site lets one connection have, and these take up more than
        // what it lets one send.
        let part = [7; 32 * 1024];
        let mut held = Vec::new();
        for _ in 0..4 {
            let mut sender = place.through().await;
            for _ in 0..50 {
                let octets = body(&[&part, &part], None);
                let request = place.request("POST", "/hang").body(octets).unwrap();
                held.push(tokio::spawn(sender.send_request(request)));
            }
        }
        for _ in 0..200 {
            comes.recv_timeout(Duration::from_secs(30)).expect("each reaches the site");
        }
        let mut sender = place.through().await;
        let octets = body(&[b"other"], None);
        let request = place.request("POST", "/echo").body(octets).unwrap();
        let answer = soon("the answer", sender.send_request(request)).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        let (octets, _) = soon("its end", read(answer.into_body())).await.unwrap();
        assert_eq!(octets, b"other");
        held.iter().for_each(tokio::task::JoinHandle::abort);
    });
}

#[test]
fn one_client_leaves_connections_to_sites_for_others() {
    let talk = |stream: &mut dyn Wire, _: Vec<u8>| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbegins").unwrap();
        stream.flush().unwrap();
        let _ = stream.read(&mut [0]);
    };
    let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec();
    let scripts = [("/", Script::Octets(whole)), ("/slow", Script::Talk(Arc::new(talk)))];
    let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).into();
    let site = Scripted::start("127.80.21.1", scripts);
    let dns = Resolver::start(&[("test", "127.80.21.1")]);
    let text = before_sites(dns.address, &site.root(), "\"127.80.21.1\"");
    let server = Blockhouse::with(&text.replace("[upstream]", "[upstream]\nconnections = 64"));
    let person = Person::new(&server, Way::Plain);
    let mut other = Person::new(&server, Way::Plain);
    other.from = Some("127.80.21.9");
    for one in [&person, &other] {
        assert_eq!(one.go_on("warned.test", "/", &[]).text(), "ok");
    }
    let request =
        format!("GET /slow HTTP/1.1\r\nHost: warned.test\r\nCookie: {}\r\n\r\n", person.cookies());
    let mut held = Vec::new();
    let refused = loop {
        let mut stream = TcpStream::connect(server.http()[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).expect("an answer");
        if &line != b"HTTP/1.1 200" {
            break line;
        }
        held.push(stream);
        assert!(held.len() <= 32, "more than half");
    };
    assert_eq!(&refused, b"HTTP/1.1 503");
    assert!(held.len() > 24, "{}", held.len());
    assert_eq!(other.open("warned.test", "/").text(), "ok");
}

#[test]
fn who_leaves_in_the_middle_is_not_served_on() {
    let (gone, went) = mpsc::channel::<&'static str>();
    let answer = move |request: Request<Incoming>| -> Answered {
        let gone = gone.clone();
        match request.uri().path() {
            "/endless" => {
                let (feed, octets) = fed();
                tokio::spawn(async move {
                    let part = Bytes::from(vec![7; 64 * 1024]);
                    while feed.send(Ok(part.clone())).await.is_ok() {}
                    gone.send("down").unwrap();
                });
                ok(octets)
            }
            "/swallow" => Box::pin(async move {
                gone.send("begun").unwrap();
                assert!(
                    read(request.into_body()).await.is_err(),
                    "an upload that broke off is no whole one"
                );
                gone.send("up").unwrap();
                Response::new(body(&[], None))
            }),
            _ => ok(body(&[b"ok"], None)),
        }
    };
    let place = Place::new("127.80.4.1", answer);
    place.runtime.block_on(async {
        let mut sender = place.through().await;
        let request = place.request("GET", "/endless").body(body(&[], None)).unwrap();
        let mut answer = sender.send_request(request).await.unwrap();
        soon("the first part", answer.frame()).await.unwrap().unwrap();
        // A stream that is reset, on a connection that stays.
        drop(answer);
        let patience = Duration::from_secs(30);
        let told = tokio::task::block_in_place(|| went.recv_timeout(patience));
        assert_eq!(told, Ok("down"));

        let (feed, octets) = fed();
        let request = place.request("POST", "/swallow").body(octets).unwrap();
        let asked = tokio::spawn(sender.send_request(request));
        soon("room", feed.send(Ok(Bytes::from_static(b"part")))).await.unwrap();
        let told = tokio::task::block_in_place(|| went.recv_timeout(patience));
        assert_eq!(told, Ok("begun"));
        feed.send(Err(ErrorKind::Other.into())).await.unwrap();
        let told = tokio::task::block_in_place(|| went.recv_timeout(patience));
        assert_eq!(told, Ok("up"));
        assert!(soon("the outcome", asked).await.unwrap().is_err());
        // The connection itself is still good.
        let request = place.request("GET", "/").body(body(&[], None)).unwrap();
        assert_eq!(sender.send_request(request).await.unwrap().status(), 200);
    });
}

#[test]
fn an_answer_before_the_end_of_an_upload_arrives() {
    let answer = |request: Request<Incoming>| -> Answered {
        match request.method().as_str() {
            "GET" => ok(body(&[b"ok"], None)),
            // Dropped unread.
            _ => Box::pin(async {
                Response::builder().status(413).body(body(&[b"too large"], None)).unwrap()
            }),
        }
    };
    let place = Place::new("127.80.5.1", answer);
    place.runtime.block_on(async {
        let mut sender = place.through().await;
        for _ in 0..5 {
            let upload = vec![9; 3_000_000];
            let request = place.request("PUT", "/up").body(body(&[&upload], None)).unwrap();
            let answer = soon("the answer", sender.send_request(request)).await.unwrap();
            assert_eq!(answer.status(), 413);
            let (octets, _) = soon("its body", read(answer.into_body())).await.unwrap();
            assert_eq!(octets, b"too large");
        }
    });
}

#[test]
fn an_answer_before_the_end_of_an_upload_arrives_over_http_1() {
    let refuse = |stream: &mut dyn Wire, _: Vec<u8>| {
        write!(
            stream,
            "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large"
        )
        .unwrap();
        stream.flush().unwrap();
        // As a server does that knows that an end with unread octets is a reset.
        let mut sink = vec![0; 64 * 1024];
        while matches!(stream.read(&mut sink), Ok(1..)) {}
    };
    let place = Raw::new("127.80.6.1", [("/up", Script::Talk(Arc::new(refuse)))]);
    for secure in [true, false] {
        for _ in 0..3 {
            let mut stream = place.through(secure);
            let upload = vec![9; 3_000_000];
            let head = place.head(secure, "PUT /up", "Content-Length: 3000000\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            // The server may have had enough before the end; what counts is its answer.
            let _ = stream.write_all(&upload).and_then(|()| stream.flush());
            let mut answer = Vec::new();
            let mut octets = [0; 1024];
            while !answer.ends_with(b"too large") {
                let count = stream.read(&mut octets).unwrap_or(0);
                assert_ne!(count, 0, "TLS: {secure}: {}", String::from_utf8_lossy(&answer));
                answer.extend(&octets[..count]);
            }
            assert!(answer.starts_with(b"HTTP/1.1 413 "), "TLS: {secure}");
        }
    }
}

/// A site that says given octets, with and without TLS, and a server in front of it.
struct Raw {
    server: Blockhouse,
    site: Scripted,
    cookies: HashMap<bool, String>,
    _dns: Resolver,
}

impl Raw {
    fn new<const N: usize>(ip: &str, scripts: [(&str, Script); N]) -> Self {
        let fine = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec();
        let scripts = scripts.into_iter().chain([("/", Script::Octets(fine))]);
        let scripts = scripts.map(|(path, script)| (path.to_owned(), script)).collect();
        let site = Scripted::start(ip, scripts);
        let dns = Resolver::start(&[("test", ip)]);
        let server =
            Blockhouse::with(&before_sites(dns.address, &site.root(), &format!("\"{ip}\"")));
        let cookies = [true, false].map(|secure| {
            let person = Person::new(&server, if secure { Way::H1 } else { Way::Plain });
            assert_eq!(person.go_on("warned.test", "/", &[]).text(), "ok");
            (secure, person.cookies())
        });
        site.heard();
        Self { server, site, cookies: cookies.into(), _dns: dns }
    }

    fn through(&self, secure: bool) -> Box<dyn Wire> {
        let address = if secure { self.server.https()[0] } else { self.server.http()[0] };
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
        if !secure {
            return Box::new(stream);
        }
        let name = "warned.test".try_into().unwrap();
        let config = Arc::new(trusting(&self.server.root()));
        let session = rustls::ClientConnection::new(config, name).unwrap();
        Box::new(rustls::StreamOwned::new(session, stream))
    }

    fn head(&self, secure: bool, line: &str, more: &str) -> String {
        let cookies = &self.cookies[&secure];
        format!("{line} HTTP/1.1\r\nHost: warned.test\r\nCookie: {cookies}\r\n{more}\r\n")
    }
}

/// More than all buffers on the way together, and far less than a body.
const BUFFERED: u64 = 64 << 20;
const BODY: u64 = 512 << 20;

#[test]
fn a_slow_reader_slows_the_site_down() {
    let (tell, told) = mpsc::channel();
    let tell = Mutex::new(tell);
    let flood = move |stream: &mut dyn Wire, _: Vec<u8>| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {BODY}\r\n\r\n").unwrap();
        let block = vec![5; 64 * 1024];
        for _ in 0..BODY / block.len() as u64 {
            if stream.write_all(&block).is_err() {
                break;
            }
            let _ = tell.lock().unwrap().send(block.len() as u64);
        }
    };
    let place = Raw::new("127.80.7.1", [("/flood", Script::Talk(Arc::new(flood)))]);
    for secure in [true, false] {
        let mut stream = place.through(secure);
        stream.write_all(place.head(secure, "GET /flood", "").as_bytes()).unwrap();
        stream.flush().unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"HTTP/1.1 200");
        let sent = until_held_up(&told);
        assert!(sent < BUFFERED, "TLS: {secure}: {sent} octets went while nobody read");
    }
}

/// How much went until nothing went for two seconds.
fn until_held_up(told: &mpsc::Receiver<u64>) -> u64 {
    let mut sent = 0;
    while let Ok(count) = told.recv_timeout(Duration::from_secs(2)) {
        sent += count;
    }
    assert_ne!(sent, 0, "something went");
    sent
}

#[test]
fn a_slow_reader_slows_the_site_down_over_http_2() {
    let (tell, told) = mpsc::channel();
    let answer = move |request: Request<Incoming>| -> Answered {
        if request.uri().path() == "/" {
            return ok(body(&[b"ok"], None));
        }
        let tell = tell.clone();
        let (feed, octets) = fed();
        tokio::spawn(async move {
            let part = Bytes::from(vec![7; 64 * 1024]);
            for _ in 0..BODY / part.len() as u64 {
                if feed.send(Ok(part.clone())).await.is_err() {
                    break;
                }
                let _ = tell.send(part.len() as u64);
            }
        });
        ok(octets)
    };
    let place = Place::new("127.80.8.1", answer);
    place.runtime.block_on(async {
        let mut sender = place.through().await;
        let request = place.request("GET", "/flood").body(body(&[], None)).unwrap();
        let answer = soon("the head", sender.send_request(request)).await.unwrap();
        let sent = tokio::task::block_in_place(|| until_held_up(&told));
        assert!(sent < BUFFERED, "{sent} octets went while nobody read");
        // Others on the same connection do not wait for it.
        let request = place.request("GET", "/").body(body(&[], None)).unwrap();
        let other = soon("the other", sender.send_request(request)).await.unwrap();
        assert_eq!(soon("its body", read(other.into_body())).await.unwrap().0, b"ok");
        drop(answer);
    });
}

#[test]
fn a_slow_site_slows_an_upload_down() {
    let (let_go, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    let sit = move |_: &mut dyn Wire, _: Vec<u8>| {
        let _ = wait.lock().unwrap().recv();
    };
    let place = Raw::new("127.80.9.1", [("/sit", Script::Talk(Arc::new(sit)))]);
    for secure in [true, false] {
        let mut stream = place.through(secure);
        let length = format!("Content-Length: {BODY}\r\n");
        stream.write_all(place.head(secure, "PUT /sit", &length).as_bytes()).unwrap();
        let (tell, told) = mpsc::channel();
        // On a thread of its own: what trickles into the last buffers must not count as progress.
        let upload = std::thread::spawn(move || {
            let block = vec![5; 64 * 1024];
            for _ in 0..BODY / block.len() as u64 {
                if stream.write_all(&block).is_err() {
                    break;
                }
                let _ = tell.send(block.len() as u64);
            }
        });
        let sent = until_held_up(&told);
        assert!(sent < BUFFERED, "TLS: {secure}: {sent} octets went while nobody read");
        let_go.send(()).unwrap();
        upload.join().unwrap();
    }
}

#[test]
fn one_dead_address_does_not_matter() {
    let web = Web::start("127.80.10.1", &SITES);
    // Nobody listens at the second; the third takes connections from the queue only, and it is full.
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let address: SocketAddr = "127.80.10.3:443".parse().unwrap();
    full.bind(&address.into()).unwrap();
    full.listen(0).unwrap();
    let _first = TcpStream::connect(address).unwrap();
    let dns = Resolver::start(&[
        ("test", "127.80.10.1"),
        ("refused.warned.test", "127.80.10.2"),
        ("refused.warned.test", "127.80.10.1"),
        ("refused6.warned.test", "::1"),
        ("refused6.warned.test", "127.80.10.1"),
        ("silent.warned.test", "127.80.10.3"),
        ("silent.warned.test", "127.80.10.1"),
        ("inner.warned.test", "10.9.8.7"),
        ("inner.warned.test", "127.80.11.1"),
        ("inner.warned.test", "127.80.10.1"),
    ]);
    let inside = TcpListener::bind("127.80.11.1:443").unwrap();
    inside.set_nonblocking(true).unwrap();
    let allow = "\"127.80.10.0/24\", \"::1/128\"";
    let server = Blockhouse::with(
        &before_sites(dns.address, &web.root(), allow).replace("[::1]:0", "127.0.0.1:0"),
    );
    let person = Person::new(&server, Way::H1);
    assert_eq!(person.go_on("warned.test", "/", &[]).status, 200);
    for host in ["refused", "refused6", "silent", "inner"] {
        // Several times, since resolvers turn the order of addresses round.
        for _ in 0..4 {
            let reply = person.open(&format!("{host}.warned.test"), "/");
            assert_eq!(reply.status, 200, "{host}: {}", reply.text());
        }
    }
    let knocked = inside.accept().map(|(_, from)| from);
    assert_eq!(knocked.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}

#[test]
fn hosts_that_are_inner_addresses_are_refused() {
    let web = Web::start("127.80.12.1", &SITES);
    let inside: Vec<_> = ["127.80.12.5:80", "127.80.12.5:443", "[::1]:80"]
        .iter()
        .map(|address| {
            let listener = TcpListener::bind(*address).unwrap();
            listener.set_nonblocking(true).unwrap();
            listener
        })
        .collect();
    let dns = Resolver::start(&[("test", "127.80.12.1"), ("localhost", "127.80.12.5")]);
    let config = before_sites(dns.address, &web.root(), "\"127.80.12.1\"")
        .replace("default_action = \"block\"", "default_action = \"warn\"")
        .replace("\"127.0.0.1:0\", \"[::1]:0\"", "\"127.0.0.1:0\"");
    let server = Blockhouse::with(&config);
    for host in [
        "127.80.12.5",
        "[::1]",
        "[::ffff:127.80.12.5]",
        "[::ffff:7f50:c05]",
        "[64:ff9b::7f50:c05]",
        "10.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "[::]",
        "localhost",
        "a.localhost",
        // The ways in which C libraries read addresses.
        "127.5265413",
        "2135952389",
        "0x7f500c05",
        "0177.0120.014.05",
        "127.80.3077",
    ] {
        let person = Person::new(&server, Way::Plain);
        let as_host = format!("Host: {host}");
        let open = |path: &str, more: &[&str]| {
            let mut options = vec!["-H", &as_host, "-H", "Accept: text/html"];
            options.extend(["-H", "Upgrade-Insecure-Requests: 1"]);
            options.extend(more);
            person.ask("placeholder.test", path, &options)
        };
        // Not by way of redirects, which would lead to the other name.
        let first = open("/", &[]);
        if first.status == 400 || first.status == 421 {
            continue;
        }
        assert_eq!(first.status, 303, "{host}: {}", first.text());
        let page = open(first.field("location").unwrap(), &[]);
        let fields = crate::support::person::hidden_fields(&page.text(), CONTINUE);
        let form: Vec<_> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut options = Vec::new();
        for pair in &form {
            options.extend(["--data-urlencode", pair.as_str()]);
        }
        let granted = open(CONTINUE, &options);
        assert_eq!(granted.status, 303, "{host}: {}", granted.text());
        assert!(
            granted.head.to_lowercase().contains("blockhouse-grant="),
            "{host}: {}",
            granted.head
        );
        let page = open("/", &[]);
        assert_eq!(page.status, 502, "{host}: {}", page.text());
        let why = server.event_named("site_failed")["detail"].clone();
        // The tests' resolver refuses to speak of names that it does not know.
        let whys = ["refused_address", "unresolved", "resolver"];
        assert!(whys.contains(&why.as_str().unwrap()), "{host}: {why}");
    }
    for listener in inside {
        let knocked = listener.accept().map(|(_, from)| from);
        assert_eq!(knocked.map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    }
}

#[test]
fn a_head_with_two_meanings_smuggles_nothing() {
    let place = Raw::new("127.80.13.1", []);
    let hidden = "GET /hidden HTTP/1.1\r\nHost: warned.test\r\n\r\n";
    let chunked = format!("0\r\n\r\n{hidden}");
    for (name, fields, rest) in [
        (
            "both",
            format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", chunked.len()),
            &chunked,
        ),
        (
            "both, the other way",
            format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "two lengths",
            format!("Content-Length: 0\r\nContent-Length: {}\r\n", hidden.len()),
            &hidden.to_owned(),
        ),
        (
            "a list of lengths",
            format!("Content-Length: 0, {}\r\n", hidden.len()),
            &hidden.to_owned(),
        ),
        ("a plus", format!("Content-Length: +{}\r\n", hidden.len()), &hidden.to_owned()),
        (
            "a space before the colon",
            format!("Content-Length : {}\r\n", hidden.len()),
            &hidden.to_owned(),
        ),
        (
            "a space in front",
            format!(" Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "folded",
            format!("Transfer-Encoding:\r\n chunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "another coding",
            format!("Transfer-Encoding: xchunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "two codings",
            format!(
                "Transfer-Encoding: chunked, identity\r\nContent-Length: {}\r\n",
                chunked.len()
            ),
            &chunked,
        ),
        (
            "a tab",
            format!("Transfer-Encoding:\tchunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "a bare line feed",
            format!("X-A: b\nTransfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "a bare return",
            format!("X-A: b\rTransfer-Encoding: chunked\r\nContent-Length: {}\r\n", chunked.len()),
            &chunked,
        ),
        (
            "named as of one hop",
            format!("Connection: content-length\r\nContent-Length: {}\r\n", hidden.len()),
            &hidden.to_owned(),
        ),
        (
            "host named as of one hop",
            format!("Connection: host, via, cookie\r\nContent-Length: {}\r\n", hidden.len()),
            &hidden.to_owned(),
        ),
    ] {
        let mut stream = place.through(false);
        let mut octets = place.head(false, "POST /", &fields).into_bytes();
        octets.extend(rest.as_bytes());
        // Whatever comes of the first, a second one shows where the server thinks that it begins.
        octets.extend(
            b"GET /.blockhouse/nothing HTTP/1.1\r\nHost: warned.test\r\nConnection: close\r\n\r\n",
        );
        let _ = stream.write_all(&octets);
        let mut answers = Vec::new();
        let _ = stream.read_to_end(&mut answers);
        let answers = String::from_utf8_lossy(&answers);
        let heard = place.site.heard();
        assert!(heard.len() <= 1, "{name}: {} requests arrived", heard.len());
        let Some(heard) = heard.first() else {
            assert!(answers.starts_with("HTTP/1.1 4"), "{name}: {answers}");
            continue;
        };
        let heard = String::from_utf8_lossy(heard).to_lowercase();
        let (head, _) = heard.split_once("\r\n\r\n").unwrap();
        let count = |what: &str| head.lines().filter(|line| line.starts_with(what)).count();
        let framed = count("content-length:") + count("transfer-encoding:");
        assert!(framed <= 1, "{name}: {head}");
        assert_eq!(count("host: warned.test"), 1, "{name}: {head}");
        assert!(!head.contains("blockhouse-grant"), "{name}: {head}");
    }
    // And it is still well.
    let mut stream = place.through(false);
    stream.write_all(place.head(false, "GET /", "Connection: close\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("ok"), "{answer}");
}
