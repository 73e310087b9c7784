//! Hooks: what a webhook and a command get, and that a bad one holds up nobody.

use std::collections::HashMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use blockhouse::clock::{self, Time};
use blockhouse::hook::{HookError, Hooks, How, Manner, Notice, Plan, What};
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// Nothing here takes longer than this, unless it hangs.
const BOUND: Duration = Duration::from_secs(20);

/// What a receiver does with one request.
#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    /// Sends 302 to this place.
    Redirect(SocketAddr),
    Hang,
    Close,
}
use Answer::{Close, Hang, Redirect, Status};

/// A request as it came.
struct Seen {
    start: String,
    fields: HashMap<String, String>,
    body: String,
}

impl Seen {
    fn field(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.fields))
    }

    fn id(&self) -> &str {
        self.field("webhook-id")
    }
}

/// A server that notes requests and answers from a script, whose last line repeats.
struct Receiver {
    address: SocketAddr,
    seen: mpsc::UnboundedReceiver<Seen>,
}

impl Receiver {
    async fn start(script: &[Answer]) -> Self {
        Self::with(script, None).await
    }

    async fn with(script: &[Answer], tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, seen) = mpsc::unbounded_channel();
        let script = script.to_vec();
        tokio::spawn(async move {
            let mut count = 0;
            while let Ok((socket, _)) = listener.accept().await {
                match &tls {
                    Some(tls) => {
                        // A client that does not trust us makes no request.
                        if let Ok(stream) = tls.accept(socket).await {
                            serve(stream, &script, &mut count, &sender).await;
                        }
                    }
                    None => serve(socket, &script, &mut count, &sender).await,
                }
            }
        });
        Self { address, seen }
    }

    fn plan(&self, path: &str) -> Plan {
        webhook(&format!("http://{}{path}", self.address), None)
    }

    async fn next(&mut self) -> Seen {
        timeout(BOUND, self.seen.recv()).await.expect("a request comes").unwrap()
    }

    /// Whether no other request has come.
    fn is_quiet(&mut self) -> bool {
        self.seen.try_recv().is_err()
    }
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    script: &[Answer],
    count: &mut usize,
    sender: &mpsc::UnboundedSender<Seen>,
) {
    let mut octets = Vec::new();
    let head = loop {
        let Ok(1..) = stream.read_buf(&mut octets).await else { return };
        if let Some(end) = octets.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8(octets.drain(..end + 4).collect()).unwrap();
        }
    };
    let mut lines = head.lines();
    let start = lines.next().unwrap().to_owned();
    let fields: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = fields["content-length"].parse().unwrap();
    while octets.len() < length {
        let Ok(1..) = stream.read_buf(&mut octets).await else { return };
    }
    let body = String::from_utf8(octets).unwrap();
    let _ = sender.send(Seen { start, fields, body });
    let answer = script[(*count).min(script.len() - 1)];
    *count += 1;
    let text = match answer {
        Status(status) => format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n"),
        Redirect(to) => {
            format!("HTTP/1.1 302 x\r\nlocation: http://{to}/\r\ncontent-length: 0\r\n\r\n")
        }
        // Until the other side has enough of it.
        Hang => {
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            return;
        }
        Close => return,
    };
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn webhook(url: &str, secret: Option<&str>) -> Plan {
    let secret = secret.map(|secret| Zeroizing::new(secret.as_bytes().to_vec()));
    Plan { on: Vec::new(), how: How::Webhook { url: url.parse().unwrap(), secret } }
}

fn shell(script: &str, args: &[&Path]) -> Plan {
    let mut words = vec!["-c".to_owned(), script.to_owned(), "sh".to_owned()];
    words.extend(args.iter().map(|path| path.to_str().unwrap().to_owned()));
    Plan { on: Vec::new(), how: How::Command { program: "sh".into(), args: words } }
}

fn notice(id: &str) -> Notice {
    let Value::Object(data) = json!({"host": "games.example.com", "note": "„né“ <b>"}) else {
        unreachable!()
    };
    Notice { id: id.into(), what: What::Grant, at: Time::from_unix(1_790_000_000), data }
}

/// Waits so short that a test does not feel them.
fn quick() -> Manner {
    Manner { waits: vec![Duration::from_millis(5); 3], answer: BOUND, run: BOUND, tls: None }
}

fn start(plans: Vec<Plan>, manner: &Manner) -> Hooks {
    Hooks::start_with(plans, manner).unwrap()
}

/// The judge of signatures is Python's own `hmac`.
fn signed_by_python(key: &str, seen: &Seen) -> String {
    const SCRIPT: &str = "import base64, hashlib, hmac, sys\n\
        key, id, time, body = sys.argv[1:]\n\
        key = base64.b64decode(key[6:]) if key.startswith('whsec_') else key.encode()\n\
        text = f'{id}.{time}.{body}'.encode()\n\
        print('v1,' + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode())";
    let output = Command::new("python3")
        .args(["-c", SCRIPT, key, seen.id(), seen.field("webhook-timestamp"), &seen.body])
        .output()
        .expect("python3 starts; Debian package python3");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_webhook_is_signed_as_the_specification_says() {
    for secret in ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a plain secret"] {
        let mut receiver = Receiver::start(&[Status(204)]).await;
        let url = format!("http://{}/in/box?a=b", receiver.address);
        let hooks = start(vec![webhook(&url, Some(secret))], &quick());
        let before = clock::now().unix();
        hooks.tell(notice("n-1"));
        let seen = receiver.next().await;
        assert_eq!(seen.start, "POST /in/box?a=b HTTP/1.1");
        assert_eq!(seen.field("host"), receiver.address.to_string());
        assert_eq!(seen.field("content-type"), "application/json");
        assert_eq!(seen.field("webhook-signature"), signed_by_python(secret, &seen));
        let time: i64 = seen.field("webhook-timestamp").parse().unwrap();
        assert!((before..=clock::now().unix()).contains(&time), "the time of the attempt");
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        let expected = json!({
            "id": "n-1",
            "type": "grant",
            "timestamp": "2026-09-21T14:13:20Z",
            "data": {"host": "games.example.com", "note": "„né“ <b>"},
        });
        assert_eq!(body, expected);
        assert_eq!(hooks.finish(BOUND).await, 0);
    }
}

#[tokio::test]
async fn without_a_secret_nothing_is_signed() {
    let mut receiver = Receiver::start(&[Status(200)]).await;
    let hooks = start(vec![receiver.plan("/")], &quick());
    hooks.tell(notice("n-1"));
    assert!(!receiver.next().await.fields.contains_key("webhook-signature"));
}

/// Tells of `a` and `b` and compares the ids that arrive.
async fn check_attempts(script: &[Answer], manner: &Manner, expected: &[&str]) {
    let mut receiver = Receiver::start(script).await;
    let hooks = start(vec![receiver.plan("/")], manner);
    hooks.tell(notice("a"));
    hooks.tell(notice("b"));
    let mut ids = Vec::new();
    for _ in expected {
        ids.push(receiver.next().await.id().to_owned());
    }
    assert_eq!(ids, expected);
    assert_eq!(hooks.finish(BOUND).await, 0);
    assert!(receiver.is_quiet(), "nothing more is sent");
}

#[tokio::test]
async fn a_webhook_that_fails_is_tried_again_in_order() {
    let quick = quick();
    check_attempts(&[Status(500), Status(200)], &quick, &["a", "a", "b"]).await;
    check_attempts(&[Close, Status(503), Status(202)], &quick, &["a", "a", "a", "b"]).await;
    check_attempts(&[Status(408), Status(429), Status(200)], &quick, &["a", "a", "a", "b"]).await;
}

#[tokio::test]
async fn a_webhook_gives_up_after_its_last_wait() {
    let fails = [Status(500), Status(500), Status(500), Status(500), Status(200)];
    check_attempts(&fails, &quick(), &["a", "a", "a", "a", "b"]).await;
}

#[tokio::test]
async fn a_refusal_is_final() {
    for status in [410, 400, 401, 404, 499, 304] {
        check_attempts(&[Status(status), Status(200)], &quick(), &["a", "b"]).await;
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut elsewhere = Receiver::start(&[Status(200)]).await;
    let script = [Redirect(elsewhere.address), Status(200)];
    check_attempts(&script, &quick(), &["a", "b"]).await;
    assert!(elsewhere.is_quiet());
}

#[tokio::test]
async fn a_webhook_that_hangs_is_left_and_tried_again() {
    let manner = Manner { answer: Duration::from_millis(50), ..quick() };
    check_attempts(&[Hang, Status(200)], &manner, &["a", "a", "b"]).await;
}

#[tokio::test]
async fn a_hook_that_hangs_holds_up_nobody() {
    let mut hanging = Receiver::start(&[Hang]).await;
    let mut fine = Receiver::start(&[Status(200)]).await;
    let hooks = start(vec![hanging.plan("/"), fine.plan("/")], &quick());
    hooks.tell(notice("first"));
    hanging.next().await;
    fine.next().await;
    // One notice is under way, 1024 wait, the rest is dropped; the other hook gets every one, as
    // long as it is given time to.
    for number in 0..1024 + 7 {
        hooks.tell(notice(&number.to_string()));
        assert_eq!(fine.next().await.id(), number.to_string());
    }
    assert_eq!(hooks.dropped(), 7);
    assert!(hanging.is_quiet());
    let left = hooks.finish(Duration::from_millis(50)).await;
    assert_eq!(left, 1025, "what did not get out is counted");
    hooks.tell(notice("too late"));
    assert_eq!(hooks.dropped(), 9, "both hooks have ended");
}

#[tokio::test]
async fn the_end_is_one_more_chance() {
    let mut receiver = Receiver::start(&[Status(500), Status(200)]).await;
    let manner = Manner { waits: vec![Duration::from_secs(3600)], ..quick() };
    let hooks = start(vec![receiver.plan("/")], &manner);
    hooks.tell(notice("a"));
    receiver.next().await;
    assert_eq!(hooks.finish(BOUND).await, 0);
    assert_eq!(receiver.next().await.id(), "a");
}

#[tokio::test]
async fn a_hook_is_told_what_it_wants_to_know() {
    let mut receiver = Receiver::start(&[Status(200)]).await;
    let on = vec![What::CodeLocked, What::RequestOpened];
    let hooks = start(vec![Plan { on, ..receiver.plan("/") }], &quick());
    for what in What::ALL {
        hooks.tell(Notice { what, ..notice(what.name()) });
    }
    assert_eq!(receiver.next().await.id(), "code_locked");
    assert_eq!(receiver.next().await.id(), "request_opened");
    assert_eq!(hooks.finish(BOUND).await, 0);
    assert!(receiver.is_quiet());
}

#[tokio::test]
async fn https_is_verified() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = own.cert.der().clone();
    let key = PrivatePkcs8KeyDer::from(own.signing_key.serialize_der());
    let server = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(server));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let trusting = Arc::new(
        rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth(),
    );
    for (name, tls, comes) in [
        ("localhost", Some(Arc::clone(&trusting)), true),
        ("127.0.0.1", Some(trusting), false),
        ("localhost", None, false),
    ] {
        let mut receiver = Receiver::with(&[Status(200)], Some(acceptor.clone())).await;
        let url = format!("https://{name}:{}/", receiver.address.port());
        let hooks = start(vec![webhook(&url, None)], &Manner { tls, ..quick() });
        hooks.tell(notice("a"));
        // It is delivered or given up, and then the hook has ended.
        assert_eq!(hooks.finish(BOUND).await, 0);
        assert_eq!(receiver.seen.try_recv().is_ok(), comes, "{name}");
    }
}

#[tokio::test]
async fn a_command_gets_the_notice_and_little_else() {
    let folder = tempfile::tempdir().unwrap();
    let (body, around) = (folder.path().join("body"), folder.path().join("around"));
    let script = "cat > \"$1\"; tr '\\0' '\\n' < /proc/$$/environ > \"$2\"";
    let hooks = start(vec![shell(script, &[&body, &around])], &quick());
    hooks.tell(notice("n-1"));
    assert_eq!(hooks.finish(BOUND).await, 0);
    let said: Value = serde_json::from_str(&fs::read_to_string(&body).unwrap()).unwrap();
    assert_eq!((&said["id"], &said["data"]["host"]), (&json!("n-1"), &json!("games.example.com")));
    let around = fs::read_to_string(&around).unwrap();
    let path = format!("PATH={}", std::env::var("PATH").unwrap());
    assert_eq!(around.lines().collect::<Vec<_>>(), [path]);
}

#[tokio::test]
async fn commands_run_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let (lock, log) = (folder.path().join("lock"), folder.path().join("log"));
    // The second `mkdir` fails while another command has its folder.
    let script = "mkdir \"$1\" && cat >> \"$2\" && rmdir \"$1\"";
    let hooks = start(vec![shell(script, &[&lock, &log])], &quick());
    (0..10).for_each(|number| hooks.tell(notice(&number.to_string())));
    assert_eq!(hooks.finish(BOUND).await, 0);
    let log = fs::read_to_string(&log).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].clone();
    let expected: Vec<Value> = (0..10).map(|number| json!(number.to_string())).collect();
    assert_eq!(log.lines().map(id).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_command_that_hangs_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let (pids, stop) = (folder.path().join("pids"), folder.path().join("stop"));
    // Hangs the first time, with a closed input and much to say; ends the second time.
    let script = "echo $$ >> \"$1\"; test -e \"$2\" && exit 3; touch \"$2\"; exec yes >&2";
    let manner = Manner { run: Duration::from_millis(500), ..quick() };
    let hooks = start(vec![shell(script, &[&pids, &stop])], &manner);
    hooks.tell(notice("a"));
    hooks.tell(notice("b"));
    assert_eq!(hooks.finish(BOUND).await, 0);
    let pids = fs::read_to_string(&pids).unwrap();
    let pids: Vec<&str> = pids.lines().collect();
    assert_eq!(pids.len(), 2, "the next notice has its turn");
    for pid in pids {
        assert!(!Path::new("/proc").join(pid).exists(), "{pid} lives on");
    }
}

#[tokio::test]
async fn the_end_does_not_wait_for_a_command() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let hooks = start(vec![shell("echo $$ > \"$1\"; exec tail -f /dev/null", &[&pid])], &quick());
    hooks.tell(notice("a"));
    // Room for the shell to start.
    let began = async {
        while !fs::read_to_string(&pid).is_ok_and(|pid| pid.ends_with('\n')) {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, began).await.unwrap();
    assert_eq!(hooks.finish(Duration::from_millis(50)).await, 1);
    let status = || {
        fs::read_to_string(
            Path::new("/proc").join(fs::read_to_string(&pid).unwrap().trim()).join("status"),
        )
    };
    let gone = async {
        // Killed and perhaps not yet reaped.
        while status().is_ok_and(|text| !text.contains("State:\tZ")) {
            tokio::task::yield_now().await;
        }
    };
    timeout(BOUND, gone).await.expect("the command was killed");
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let how = webhook("https://hooks.example/T0KEN?key=T0KEN", Some("whsec_c2VjcmV0")).how;
    let plan = Plan { on: vec![What::Grant], how };
    let printed = format!("{plan:?} {:?}", notice("n-1"));
    assert!(printed.contains("https://hooks.example") && printed.contains("n-1"), "{printed}");
    let hooks = start(vec![plan], &Manner { tls: Some(no_trust()), ..quick() });
    let printed = format!("{printed} {hooks:?}");
    // The octets of the secret as numbers, too.
    for secret in ["T0KEN", "whsec", "c2VjcmV0", "119, 104", "games.example"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

fn no_trust() -> Arc<rustls::ClientConfig> {
    let roots = rustls::RootCertStore::empty();
    Arc::new(rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
}

#[track_caller]
fn check_refused(url: &str, secret: Option<&str>, what: &str) {
    let error: HookError = Hooks::start(vec![webhook(url, secret)]).unwrap_err();
    assert!(error.to_string().contains(what), "{error}");
    assert!(!error.to_string().contains("T0KEN"), "{error}");
}

#[tokio::test]
async fn a_hook_that_cannot_work_is_refused_at_once() {
    check_refused("ftp://hooks.example/", None, "write `https://host/path`");
    check_refused("/T0KEN", None, "write `https://host/path`");
    check_refused("http://T0KEN:x@hooks.example/", None, "without a user name");
    check_refused("http://hooks.example/", Some("whsec_T0KEN!"), "after `whsec_` comes base64");
}
