//! Names that no gateway should ever redirect: systems and browsers ask them to learn about the network
//! they are in, and a wrong answer makes all else look broken.

use serde::Serialize;

/// A name that is never redirected, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BuiltinName {
    /// The name, with everything below it.
    pub name: &'static str,
    /// Who asks for it.
    pub asker: &'static str,
    /// What goes wrong when it is redirected.
    pub why: &'static str,
}

const CHECK: &str = "a device takes the network for one that asks to log in, or leaves it";
const NOTICE: &str = "later warnings say that somebody intercepts the connection";
const TIME: &str = "clocks go wrong, and with them every certificate";

const fn check(name: &'static str, asker: &'static str) -> BuiltinName {
    BuiltinName { name, asker, why: CHECK }
}

/// All of them. Each can be switched off by `exceptions.not_builtin`.
pub const BUILTIN_NAMES: [BuiltinName; 35] = [
    check("connectivitycheck.gstatic.com", "Android, ChromeOS, Chromium"),
    check("connectivitycheck.android.com", "Android"),
    check("connectivitycheck.platform.hicloud.com", "Huawei"),
    check("connect.rom.miui.com", "Xiaomi"),
    check("connectivity.samsung.com.cn", "Samsung"),
    check("captive.apple.com", "iOS, macOS"),
    check("captive.g.aaplimg.com", "iOS, macOS"),
    check("appleiphonecell.com", "iOS"),
    check("airport.us", "iOS, macOS"),
    check("ibook.info", "iOS, macOS"),
    check("itools.info", "iOS, macOS"),
    check("thinkdifferent.us", "iOS, macOS"),
    check("www.msftconnecttest.com", "Windows"),
    check("ipv6.msftconnecttest.com", "Windows"),
    check("dns.msftncsi.com", "Windows"),
    check("www.msftncsi.com", "Windows"),
    check("ipv6.msftncsi.com", "Windows"),
    check("detectportal.firefox.com", "Firefox"),
    check("detectportal.prod.mozaws.net", "Firefox"),
    check("nmcheck.gnome.org", "GNOME, NetworkManager"),
    check("network-test.debian.org", "Debian, NetworkManager"),
    check("connectivity-check.ubuntu.com", "Ubuntu, NetworkManager"),
    check("ping.archlinux.org", "Arch Linux, NetworkManager"),
    check("networkcheck.kde.org", "KDE"),
    check("cp.cloudflare.com", "WARP, routers"),
    check("spectrum.s3.amazonaws.com", "Kindle, Fire OS"),
    check("fireoscaptiveportal.com", "Fire OS"),
    check("conntest.nintendowifi.net", "Nintendo"),
    check("ctest.cdn.nintendo.net", "Nintendo"),
    BuiltinName {
        name: "mitmdetection.services.mozilla.com",
        asker: "Firefox, after a certificate error",
        why: NOTICE,
    },
    BuiltinName { name: "time.apple.com", asker: "iOS, macOS", why: TIME },
    BuiltinName { name: "time.windows.com", asker: "Windows", why: TIME },
    BuiltinName { name: "time.android.com", asker: "Android", why: TIME },
    BuiltinName { name: "pool.ntp.org", asker: "many systems", why: TIME },
    BuiltinName {
        name: "ipv4only.arpa",
        asker: "systems behind NAT64 (RFC 7050)",
        why: "a device behind NAT64 loses IPv4",
    },
];
