//! A person with a browser, as far as curl can be one: keeps cookies, opens pages, sends their forms.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::curl::{Reply, Way, curl, url};
use super::server::Blockhouse;

const NAVIGATION: [&str; 6] = [
    "-H",
    "Accept: text/html,application/xhtml+xml,*/*;q=0.8",
    "-H",
    "Sec-Fetch-Dest: document",
    "-H",
    "Sec-Fetch-Mode: navigate",
];
/// Over plain HTTP browsers send no fetch metadata.
const PLAIN_NAVIGATION: [&str; 4] =
    ["-H", "Accept: text/html,*/*;q=0.8", "-H", "Upgrade-Insecure-Requests: 1"];

/// One browser profile.
pub struct Person<'s> {
    pub server: &'s Blockhouse,
    pub way: Way,
    /// The loopback address that they come from, where it matters.
    pub from: Option<&'s str>,
    jar: TempDir,
}

impl<'s> Person<'s> {
    /// A profile without cookies.
    pub fn new(server: &'s Blockhouse, way: Way) -> Self {
        Self { server, way, from: None, jar: TempDir::new().unwrap() }
    }

    /// The file with the cookies, in the form of curl's own.
    pub fn jar_path(&self) -> PathBuf {
        self.jar.path().join("cookies")
    }

    /// Their cookies, as the field has them.
    pub fn cookies(&self) -> String {
        let jar = std::fs::read_to_string(self.jar_path()).unwrap();
        let pairs = jar.lines().filter_map(|line| {
            let fields: Vec<_> = line.split('\t').collect();
            (fields.len() == 7).then(|| format!("{}={}", fields[5], fields[6]))
        });
        pairs.collect::<Vec<_>>().join("; ")
    }

    /// Any request, with the cookies that there are, and curl's own options besides.
    pub fn ask(&self, host: &str, path: &str, options: &[&str]) -> Reply {
        let jar = self.jar_path();
        let jar = jar.to_str().unwrap();
        let mut all = vec!["--cookie", jar, "--cookie-jar", jar];
        all.extend(options);
        if let Some(from) = self.from {
            all.extend(["--interface", from]);
        }
        curl(self.server, self.way, host, path, &all)
    }

    /// Asks the site of the tests over TLS, in a version that curl is told as an option. How an answer ends is
    /// curl's exit code; bodies come with what `tells` says behind each (curl's `--write-out`).
    pub fn transfer(
        &self,
        version: &str,
        tells: &str,
        paths: &[&str],
        more: &[&str],
    ) -> (Option<i32>, String) {
        let output = Command::new("curl")
            .args(["--silent", version, "--noproxy", "*", "--max-time", "20"])
            .args(["--connect-to", "::127.0.0.1:", "--write-out", tells, "--cacert"])
            .arg(self.server.root())
            .arg("--cookie")
            .arg(self.jar_path())
            .args(more)
            .args(paths.iter().map(|path| url(self.server, Way::H1, "warned.test", path)))
            .output()
            .unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Opens an address as a person does, and follows redirects: never more than the flow's own.
    pub fn open(&self, host: &str, path: &str) -> Reply {
        let mut options = vec!["--location", "--max-redirs", "3"];
        match self.way {
            Way::Plain => options.extend(PLAIN_NAVIGATION),
            Way::H1 | Way::H2 => options.extend(NAVIGATION),
        }
        self.ask(host, path, &options)
    }

    /// Sends the form of a page that leads to `action`, with these fields besides the hidden ones.
    pub fn submit(&self, host: &str, page: &Reply, action: &str, fields: &[(&str, &str)]) -> Reply {
        let hidden = hidden_fields(&page.text(), action);
        let mut pairs: Vec<String> =
            hidden.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.extend(fields.iter().map(|(name, value)| format!("{name}={value}")));
        let mut options = Vec::new();
        for pair in &pairs {
            options.extend(["--data-urlencode", pair.as_str()]);
        }
        if self.way != Way::Plain {
            options.extend(["-H", "Sec-Fetch-Site: same-origin", "-H", "Sec-Fetch-Dest: document"]);
        }
        self.ask(host, action, &options)
    }

    /// Continues past the warning page of a host; gives what the site answers.
    pub fn go_on(&self, host: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let page = self.open(host, path);
        let reply = self.submit(host, &page, CONTINUE, fields);
        assert_eq!(reply.status, 303, "{}", reply.text());
        let location = reply.field("location").expect("the way on").to_owned();
        self.open(host, &location)
    }
}

pub const CONTINUE: &str = "/.blockhouse/continue";
pub const CODE: &str = "/.blockhouse/code";
pub const REQUEST: &str = "/.blockhouse/request";

/// The hidden fields of the form that leads to `action`.
pub fn hidden_fields(html: &str, action: &str) -> Vec<(String, String)> {
    let start = html.find(&format!("action=\"{action}")).unwrap_or_else(|| {
        panic!("no form that leads to {action} in {html}");
    });
    let form = &html[start..];
    let form = &form[..form.find("</form>").expect("the end of the form")];
    let inputs = form.split("<input type=\"hidden\" name=\"").skip(1);
    let read = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").expect("a name and a value");
        let value = rest.split('"').next().unwrap();
        (name.to_owned(), value.replace("&amp;", "&").replace("&#x2F;", "/"))
    };
    inputs.map(read).collect()
}

/// Runs `blockhouse` with these words on the configuration of a running server; gives what it said.
pub fn command(server: &Blockhouse, words: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_blockhouse"))
        .arg("--config")
        .arg(server.folder.path().join("blockhouse.toml"))
        .args(words)
        .env_remove("BLOCKHOUSE_LOG")
        .output()
        .expect("blockhouse starts");
    let text = |octets| String::from_utf8(octets).expect("text");
    match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    }
}
