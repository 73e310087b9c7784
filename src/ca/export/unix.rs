//! Linux: the stores of each family of systems, NSS, p11-kit, and the environment of programs that have
//! a list of roots of their own.

use super::kit::{Export, Kit, Root, fill, folded};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let certificates: String = kit.roots.iter().map(certificate).collect();
    let names: String = kit.roots.iter().map(|root| format!(" {}", root.slug)).collect();
    let values = [
        ("ORGANISATION", kit.organisation()),
        ("CERTIFICATES", certificates.trim_end()),
        ("SLUGS", names.trim_start()),
    ];
    let text = |text: &str| fill(text, &values);
    let mut files = vec![
        Export::script(
            "linux",
            "Linux of every family (Debian, Red Hat, Arch, SUSE, Alpine): install into the system's store",
            "linux/install.sh",
            text(include_str!("texts/linux-install.sh")),
        ),
        Export::script(
            "linux-remove",
            "Linux: the removal for it",
            "linux/uninstall.sh",
            text(include_str!("texts/linux-remove.sh")),
        ),
        Export::script(
            "nss",
            "Linux: install into the databases of Chromium and Firefox of one user",
            "linux/nss-install.sh",
            text(include_str!("texts/nss-install.sh")),
        ),
        Export::script(
            "nss-remove",
            "Linux: the removal from the databases of Chromium and Firefox of one user",
            "linux/nss-uninstall.sh",
            text(include_str!("texts/nss-remove.sh")),
        ),
        Export::new(
            "environment",
            "Node, Python, git, curl, cargo, AWS: /etc/profile.d of a Linux machine",
            "environment/blockhouse-root.sh",
            text(include_str!("texts/environment.sh")),
            "text/x-shellscript",
        ),
    ];
    files.push(Export::new(
        "environment-tools",
        "Node, npm, Python, pip, git, curl, cargo and others, one by one, on every system",
        "environment/tools.md",
        include_str!("texts/tools.md"),
        "text/markdown",
    ));
    for root in &kit.roots {
        files.push(Export::new(
            "p11-kit",
            "Red Hat, Fedora, Arch: trusted for TLS servers only (/etc/pki/ca-trust/source)",
            format!("linux/{}.p11-kit", root.slug),
            p11_kit(root),
            "text/plain",
        ));
    }
    files
}

/// One certificate as a here-document, which a function of the script takes.
fn certificate(root: &Root) -> String {
    format!("certificate {} {} <<'END'\n{}END\n", root.slug, quoted(root.name()), root.pem)
}

/// The certificate, and an extended key usage that is stapled to it: critical, TLS servers.
fn p11_kit(root: &Root) -> String {
    const SERVER_AUTH: &str =
        "%30%16%06%03%55%1d%25%01%01%ff%04%0c%30%0a%06%08%2b%06%01%05%05%07%03%01";
    let label = root.name().replace('\\', "\\\\").replace('"', "\\\"");
    format!(
        "[p11-kit-object-v1]\nlabel: \"{label}\"\ntrusted: true\n{}\n\
         [p11-kit-object-v1]\nclass: x-certificate-extension\nobject-id: 2.5.29.37\n\
         value: \"{SERVER_AUTH}\"\n-----BEGIN PUBLIC KEY-----\n{}-----END PUBLIC KEY-----\n",
        root.pem,
        folded(&STANDARD.encode(&root.facts.spki), 64, "", "\n")
    )
}

/// A word of a shell, whatever it holds.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
