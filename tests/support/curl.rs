//! Requests by curl, which is not ours and speaks every version.

use std::process::Command;

use super::server::Blockhouse;

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// The value of a header field, or nothing.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The version and transport of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    H1,
    H2,
    Plain,
}

pub const WAYS: [Way; 3] = [Way::H1, Way::H2, Way::Plain];

/// The address of `path` on `host`, with the server's port.
pub fn url(server: &Blockhouse, way: Way, host: &str, path: &str) -> String {
    match way {
        Way::Plain => format!("http://{host}:{}{path}", server.http()[0].port()),
        Way::H1 | Way::H2 => format!("https://{host}:{}{path}", server.https()[0].port()),
    }
}

/// The options that lead curl here, and let it trust the root.
fn command(server: &Blockhouse, way: Way) -> Command {
    let mut command = Command::new("curl");
    command
        .args(["--silent", "--show-error", "--max-time", "60", "--noproxy", "*", "--globoff"])
        .args(["--connect-to", "::127.0.0.1:", "--path-as-is"])
        .arg("--cacert")
        .arg(server.root())
        .arg(match way {
            Way::H2 => "--http2",
            Way::H1 | Way::Plain => "--http1.1",
        });
    command
}

fn run(server: &Blockhouse, command: &mut Command) -> std::process::Output {
    let output = command.output().expect("curl starts; Debian package curl");
    assert!(
        output.status.success(),
        "{command:?}: {}\nblockhouse said:\n{}",
        String::from_utf8_lossy(&output.stderr),
        server.said()
    );
    output
}

/// Sends requests by curl's own options, and gives what it said on standard error.
pub fn said(server: &Blockhouse, way: Way, host: &str, path: &str, options: &[&str]) -> String {
    let mut command = command(server, way);
    command.args(options).args(["--output", "/dev/null"]).arg(url(server, way, host, path));
    String::from_utf8(run(server, &mut command).stderr).unwrap()
}

/// Sends one request, with curl's own options besides.
pub fn curl(server: &Blockhouse, way: Way, host: &str, path: &str, options: &[&str]) -> Reply {
    let folder = tempfile::TempDir::new().unwrap();
    let (head, body) = (folder.path().join("head"), folder.path().join("body"));
    let mut command = command(server, way);
    command.arg("--dump-header").arg(&head).arg("--output").arg(&body);
    run(server, command.args(options).arg(url(server, way, host, path)));
    let head = std::fs::read_to_string(&head).unwrap_or_default();
    // With `--location` every head is there; the last one counts.
    let last = head.trim_end().rsplit("\r\n\r\n").next().unwrap_or_default().to_owned();
    let status = last.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    Reply {
        status: status.unwrap_or_else(|| panic!("no status in {head:?}")),
        head: last,
        body: std::fs::read(&body).unwrap_or_default(),
    }
}
