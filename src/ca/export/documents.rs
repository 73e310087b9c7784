//! What people read: how to bring each file to its devices, a notice to print, and the sums of all files.

use aws_lc_rs::digest;
use qrcode::QrCode;
use qrcode::render::svg;
use serde_json::json;

use super::kit::{Export, Kit, Root, fill, hex_lower, json, xml};
use crate::ca::CaError;

pub(super) fn files(kit: &Kit, others: &[Export]) -> Result<Vec<Export>, CaError> {
    let mut files = vec![readme(kit, others), notice(kit)?, fingerprints(kit, others)];
    let sums = sums(others.iter().chain(&files));
    files.push(sums);
    Ok(files)
}

fn readme(kit: &Kit, others: &[Export]) -> Export {
    let roots: String = kit
        .roots
        .iter()
        .map(|root| {
            format!(
                "* **{}**, until {}\n  * SHA-256 `{}`\n  * SHA-1 (Windows: thumbprint) `{}`\n",
                markdown(root.name()),
                root.not_after().rfc3339(),
                root.sha256(),
                root.thumbprint()
            )
        })
        .collect();
    let table: String = others
        .iter()
        .map(|file| format!("| `{}` | `{}` | {} |\n", file.path, file.format, file.audience))
        .collect();
    let portal = match &kit.options.portal_url {
        Some(url) => format!("People can check their own browser at <{url}check>.\n"),
        None => String::new(),
    };
    // During a rotation every step is for each root.
    let each = |told: &dyn Fn(&Root) -> String, between: &str| -> String {
        kit.roots.iter().map(told).collect::<Vec<_>>().join(between)
    };
    let both = match kit.roots.len() {
        1 => "",
        _ => {
            "\nOne root takes the place of the other: until that is done, devices need both, and so every step\n\
             here is for both. Where a manager takes one certificate at a time, make an entry for each.\n"
        }
    };
    // Constrained policies are there only when the export was told of names or addresses.
    let constrained = match others.iter().any(|file| file.format == "chrome-constrained") {
        true => "  For the permitted names and addresses alone: `chrome/*-constrained*`.\n",
        false => "",
    };
    let values = [
        ("ORGANISATION", markdown(kit.organisation())),
        ("ROOTS", roots.trim_end().to_owned()),
        ("BOTH", both.to_owned()),
        ("TABLE", table.trim_end().to_owned()),
        ("CER", each(&|root| format!("`{}.cer`", root.stem), " and ")),
        ("CRT", each(&|root| format!("`android/{}.crt`", root.stem), " and ")),
        ("PEM", each(&|root| format!("`{}.pem`", root.stem), " and ")),
        ("PEMS", each(&|root| format!("{}.pem", root.stem), " ")),
        (
            "VERIFY",
            each(&|root| format!("`certutil -verifystore Root {}`", root.thumbprint()), " and "),
        ),
        (
            "ENTERPRISE",
            each(
                &|root| format!("`certutil -enterprise -verifystore Root {}`", root.thumbprint()),
                " and ",
            ),
        ),
        (
            "PUBLISH",
            each(&|root| format!("`certutil -dspublish -f {}.cer RootCA`", root.stem), ", "),
        ),
        (
            "MAC",
            each(
                &|root| format!("`security verify-cert -c {}.pem -p basic -l -L`", root.stem),
                " and ",
            ),
        ),
        (
            "KEYTOOL",
            each(&|root| format!("`keytool -list -cacerts -alias {}`", root.slug), " and "),
        ),
        ("NAMES", each(&|root| format!("**{}**", markdown(root.name())), " and ")),
        ("CONSTRAINED", constrained.to_owned()),
        ("PORTAL", portal),
        ("IDENTIFIER", format!("blockhouse.root.{}", kit.lasting_slug())),
    ];
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = fill(include_str!("texts/README.md"), &values);
    let audience =
        "whoever looks after devices: which file, which clicks, how to verify, how to remove";
    Export::new("readme", audience, "README.md", text, "text/markdown; charset=utf-8")
}

/// One page to print and put up.
fn notice(kit: &Kit) -> Result<Export, CaError> {
    let portal = kit.options.portal_url.as_deref();
    let told = match portal {
        Some(url) => url.to_owned(),
        None => {
            let prints = kit.roots.iter().map(|root| format!("SHA-256 {}", root.sha256()));
            prints.collect::<Vec<_>>().join("\n")
        }
    };
    let code = QrCode::new(told.as_bytes()).map_err(|_| CaError::Crypto("draw the QR code"))?;
    let code = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    // The prologue of a file of its own has no place within a page.
    let code = code.split_once("?>").map_or(code.as_str(), |(_, code)| code);
    let is_alone = kit.roots.len() == 1;
    let certificates: String = kit.roots.iter().map(noticed).collect();
    let caption = match portal {
        Some(url) => format!("Scan, or open <b>{}</b>", xml(url)),
        None if is_alone => "The fingerprint, to scan".to_owned(),
        None => "The fingerprints, to scan".to_owned(),
    };
    let step = match portal {
        Some(url) => {
            format!("Otherwise open <b>{}</b>, choose your device, and follow the steps.", xml(url))
        }
        None => {
            "Otherwise ask the people who look after this network for the file for your device."
                .to_owned()
        }
    };
    let values = [
        ("STEP", step),
        ("ORGANISATION", xml(kit.organisation())),
        (
            "HEADING",
            match is_alone {
                true => "Before you install it, compare its fingerprint (SHA-256) with this one",
                false => {
                    "One certificate takes the place of another: install both, and compare their \
                     fingerprints (SHA-256) before"
                }
            }
            .to_owned(),
        ),
        ("CERTIFICATES", certificates),
        ("CODE", code.to_owned()),
        ("CAPTION", caption),
    ];
    let values: Vec<(&str, &str)> =
        values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let text = fill(include_str!("texts/notice.html"), &values);
    let audience = "people: one page to print, with the fingerprint to compare";
    Ok(Export::new("notice", audience, "notice.html", text, "text/html; charset=utf-8"))
}

/// One certificate on the notice.
fn noticed(root: &Root) -> String {
    let sha256 = root.sha256();
    let groups: String = sha256
        .as_bytes()
        .chunks(12)
        .map(|group| {
            let group = String::from_utf8_lossy(group);
            format!("<span>{}</span> ", group.trim_end_matches(':'))
        })
        .collect();
    let ends: String = root.not_after().rfc3339().chars().take(10).collect();
    format!(
        "<p><b>{}</b>, valid until {ends}</p>\n<p class=\"fingerprint\">{}</p>\n\
         <p class=\"small\">SHA-1, which Windows calls the thumbprint: {}</p>\n",
        xml(root.name()),
        groups.trim_end(),
        root.sha1()
    )
}

fn fingerprints(kit: &Kit, others: &[Export]) -> Export {
    let roots: Vec<_> = kit
        .roots
        .iter()
        .map(|root| {
            json!({
                "name": root.name(),
                "subject": root.facts.subject,
                "serial": root.facts.serial,
                "not_before": root.facts.not_before.rfc3339(),
                "not_after": root.not_after().rfc3339(),
                "sha256": root.sha256(),
                "sha1": root.sha1(),
                "excluded_domains": root.facts.excluded_domains.iter().map(ToString::to_string)
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    let files: Vec<_> = others
        .iter()
        .map(|file| {
            json!({ "path": file.path, "format": file.format, "media_type": file.media_type,
                    "sha256": sum(file) })
        })
        .collect();
    let value = json!({ "organisation": kit.organisation(), "roots": roots, "files": files });
    let audience = "programs: the fingerprints, and what each file is";
    Export::new("fingerprints", audience, "fingerprint.json", json(&value), "application/json")
}

fn sums<'a>(files: impl Iterator<Item = &'a Export>) -> Export {
    let mut lines: Vec<_> = files.map(|file| (file.path.as_str(), sum(file))).collect();
    lines.sort_unstable();
    let text: String = lines.iter().map(|(path, sum)| format!("{sum}  {path}\n")).collect();
    let audience = "`sha256sum --check` of all files";
    Export::new("sums", audience, "SHA256SUMS", text, "text/plain; charset=utf-8")
}

fn sum(file: &Export) -> String {
    hex_lower(digest::digest(&digest::SHA256, &file.octets).as_ref())
}

/// Text that means nothing to Markdown.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            out.push('\\');
        }
        out.push(letter);
    }
    out
}
