//! What operating systems and browsers expect when they ask whether they are on-line.
//!
//! Such names belong among the gateway's exceptions. Where one reaches us all the same, a wrong
//! answer turns every certificate warning into "connect to the network", and a device may drop the
//! network; so each gets the answer that its maker documents.

/// The answer to one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// 200 or 204.
    pub status: u16,
    /// Empty for 204.
    pub content_type: &'static str,
    /// The exact octets that are compared.
    pub body: &'static str,
}

const EMPTY: Answer = Answer { status: 204, content_type: "", body: "" };

const fn plain(body: &'static str) -> Answer {
    Answer { status: 200, content_type: "text/plain", body }
}

const fn html(body: &'static str) -> Answer {
    Answer { status: 200, content_type: "text/html", body }
}

const APPLE: Answer =
    html("<HTML><HEAD><TITLE>Success</TITLE></HEAD><BODY>Success</BODY></HTML>\n");
const FIREFOX: Answer = html(
    "<meta http-equiv=\"refresh\" content=\"0;url=https://support.mozilla.org/kb/captive-portal\"/>",
);

/// The expected answer when `host` and `path` are those of a known check.
pub fn answer(host: &str, path: &str) -> Option<Answer> {
    let answer = match (host, path) {
        // Android, ChromeOS, Chromium, and who borrowed theirs.
        (
            "connectivitycheck.gstatic.com"
            | "connectivitycheck.android.com"
            | "connectivity-check.ubuntu.com"
            | "clients1.google.com"
            | "clients3.google.com"
            | "clients4.google.com"
            | "www.google.com"
            | "google.com"
            | "www.gstatic.com"
            | "play.googleapis.com"
            | "cp.cloudflare.com"
            | "connectivitycheck.platform.hicloud.com"
            | "connect.rom.miui.com"
            | "edge.microsoft.com",
            "/generate_204" | "/gen_204" | "/captiveportal/generate_204",
        ) => EMPTY,
        ("captive.apple.com", "/" | "/hotspot-detect.html")
        | (
            "www.apple.com"
            | "www.appleiphonecell.com"
            | "www.ibook.info"
            | "www.itools.info"
            | "www.airport.us"
            | "www.thinkdifferent.us",
            "/library/test/success.html",
        ) => APPLE,
        ("www.msftconnecttest.com" | "ipv6.msftconnecttest.com", "/connecttest.txt") => {
            plain("Microsoft Connect Test")
        }
        ("www.msftncsi.com" | "ipv6.msftncsi.com", "/ncsi.txt") => plain("Microsoft NCSI"),
        ("detectportal.firefox.com", "/canonical.html") => FIREFOX,
        ("detectportal.firefox.com", "/success.txt") => plain("success\n"),
        ("nmcheck.gnome.org", "/check_network_status.txt") | ("network-test.debian.org", "/nm") => {
            plain("NetworkManager is online\n")
        }
        ("fedoraproject.org", "/static/hotspot.txt") => plain("OK"),
        _ => return None,
    };
    Some(answer)
}
