//! Windows: its store of trusted roots by hand, by script, by registry, by group policy, by Active
//! Directory, by Intune and by other managers of devices.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::kit::{Export, Kit, Root, fill, folded, json, utf16, xml};
use super::registry::{self, Key, Value};

const MACHINE: &str = "SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates";
const POLICY: &str = "SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\Root\\Certificates";
const JSON: &str = "application/json";

pub(super) fn files(kit: &Kit) -> Vec<Export> {
    let mut files = scripts(kit);
    files.extend(registry_files(kit));
    files.extend(directory(kit));
    files.extend(intune(kit));
    files
}

fn scripts(kit: &Kit) -> Vec<Export> {
    let listed = |line: &dyn Fn(&Root) -> String| -> String {
        kit.roots.iter().map(|root| format!("{}\r\n", line(root))).collect()
    };
    let roots = listed(&|root| {
        format!(
            "    @{{ Name = '{}'; Thumbprint = '{}'; Sha256 = '{}'; Base64 = '{}' }}",
            quoted(root.name()),
            root.thumbprint(),
            root.sha256().replace(':', ""),
            root.base64()
        )
    });
    let blobs = listed(&|root| {
        let blob = STANDARD.encode(blob(root));
        format!("    @{{ Thumbprint = '{}'; Blob = '{blob}' }}", root.thumbprint())
    });
    let thumbprints = kit.roots.iter().map(|root| format!("'{}'", root.thumbprint()));
    let thumbprints = thumbprints.collect::<Vec<_>>().join(", ");
    let adds = listed(&|root| {
        format!("certutil -f -addstore Root \"%FROM%{}.cer\" || exit /b 1", root.stem)
    });
    let removes = listed(&|root| format!("certutil -delstore Root {}", root.thumbprint()));
    let values = [
        ("ORGANISATION", kit.organisation()),
        ("QUOTED", &quoted(kit.organisation())),
        ("ROOTS", roots.trim_end()),
        ("BLOBS", blobs.trim_end()),
        ("THUMBPRINTS", &thumbprints),
        ("ADDS", adds.trim_end()),
        ("REMOVES", removes.trim_end()),
        ("KEY", POLICY),
    ];
    let text = |text: &str| fill(text, &values);
    // Without a byte order mark Windows PowerShell reads the code page of the machine.
    let powershell = |text: &str| format!("\u{feff}{}", with_crlf(&fill(text, &values)));
    vec![
        Export::new(
            "windows-powershell",
            "Windows: installs, removes and looks for the root; for Intune scripts, Ansible, by hand",
            "windows/Install-BlockhouseRoot.ps1",
            powershell(include_str!("texts/install.ps1")),
            "text/plain",
        ),
        Export::new(
            "windows-cmd",
            "Windows: install by certutil; Configuration Manager applications, log-on scripts",
            "windows/install.cmd",
            with_crlf(&text(include_str!("texts/install.cmd"))),
            "text/plain",
        ),
        Export::new(
            "windows-cmd-remove",
            "Windows: the removal for it",
            "windows/uninstall.cmd",
            with_crlf(&text(include_str!("texts/uninstall.cmd"))),
            "text/plain",
        ),
        Export::new(
            "windows-detect",
            "Windows: detection for applications of Configuration Manager and Win32 apps of Intune",
            "windows/detect.ps1",
            powershell(include_str!("texts/detect.ps1")),
            "text/plain",
        ),
        Export::new(
            "windows-remediation",
            "Windows: detection for remediations of Intune",
            "windows/remediation-detect.ps1",
            powershell(include_str!("texts/remediation.ps1")),
            "text/plain",
        ),
        Export::new(
            "windows-gpo",
            "Windows: makes a group policy object with the root, on a domain controller",
            "windows/New-BlockhouseGpo.ps1",
            powershell(include_str!("texts/gpo.ps1")),
            "text/plain",
        ),
    ]
}

fn registry_files(kit: &Kit) -> Vec<Export> {
    let keys = |below: &str| -> Vec<Key> {
        let key = |root: &Root| Key {
            path: format!("{below}\\{}", root.thumbprint()),
            values: vec![("Blob".to_owned(), Value::Octets(blob(root)))],
        };
        kit.roots.iter().map(key).collect()
    };
    let gone = |below: &str| -> Vec<Key> {
        let gone = |root: &Root| Key::gone(format!("{below}\\{}", root.thumbprint()));
        kit.roots.iter().map(gone).collect()
    };
    let removal = [gone(MACHINE), gone(POLICY)];
    vec![
        registry::file(
            "windows-reg",
            "Windows: the machine's store, for images and machines without a domain",
            "windows/root-machine.reg",
            &keys(MACHINE),
        ),
        registry::file(
            "windows-reg-policy",
            "Windows: the same where group policies put it",
            "windows/root-policy.reg",
            &keys(POLICY),
        ),
        registry::file(
            "windows-reg-remove",
            "Windows: the removal for both",
            "windows/root-remove.reg",
            &removal.into_iter().flatten().collect::<Vec<_>>(),
        ),
        Export::new(
            "windows-pol",
            "Windows: the file of a group policy, for LGPO.exe and SYSVOL",
            "windows/Registry.pol",
            registry::policy(&keys(POLICY)),
            "application/octet-stream",
        ),
    ]
}

fn directory(kit: &Kit) -> Vec<Export> {
    let place = "CN=Certification Authorities,CN=Public Key Services,CN=Services,CN=Configuration,\
                 DC=EXAMPLE,DC=ORG";
    let say = "# Put the names of your forest in the place of DC=EXAMPLE,DC=ORG.\n";
    let (mut add, mut remove) = (say.to_owned(), say.to_owned());
    for root in &kit.roots {
        let dn = format!("\ndn: CN={},{place}\n", root.slug);
        // Both lists are mandatory; one octet of zero stands for none (as certutil -dspublish writes).
        add += &format!(
            "{dn}changetype: add\nobjectClass: certificationAuthority\ncn: {}\n\
             authorityRevocationList:: AA==\ncertificateRevocationList:: AA==\n\
             cACertificate::\n{}",
            root.slug,
            folded(&root.base64(), 75, " ", "\n")
        );
        remove += &format!("{dn}changetype: delete\n");
    }
    let kind = "text/x-ldif";
    vec![
        Export::new(
            "windows-ad",
            "Active Directory: every machine of the forest (ldifde -i, or certutil -dspublish)",
            "windows/root-ad.ldif",
            add,
            kind,
        ),
        Export::new(
            "windows-ad-remove",
            "Active Directory: the removal for it",
            "windows/root-ad-remove.ldif",
            remove,
            kind,
        ),
    ]
}

fn intune(kit: &Kit) -> Vec<Export> {
    let kinds = [
        (
            "intune-windows",
            "Windows",
            "windows81TrustedRootCertificate",
            "Intune: a trusted certificate profile for Windows (POST /deviceManagement/deviceConfigurations)",
        ),
        (
            "intune-ios",
            "iPhone and iPad",
            "iosTrustedRootCertificate",
            "Intune: a trusted certificate profile for iPhone and iPad",
        ),
        (
            "intune-macos",
            "Mac",
            "macOSTrustedRootCertificate",
            "Intune: a trusted certificate profile for Macs",
        ),
        (
            "intune-android",
            "Android, fully managed",
            "androidDeviceOwnerTrustedRootCertificate",
            "Intune: a trusted certificate profile for Android, fully managed",
        ),
        (
            "intune-android-work",
            "Android, work profile",
            "androidWorkProfileTrustedRootCertificate",
            "Intune: a trusted certificate profile for Android with a work profile",
        ),
    ];
    let mut files = Vec::new();
    for root in &kit.roots {
        for (format, whom, kind, audience) in kinds {
            let mut body = json!({
                "@odata.type": format!("#microsoft.graph.{kind}"),
                "displayName": format!("{} ({whom})", root.name()),
                "description": format!("The root of {}", kit.organisation()),
                "trustedRootCertificate": root.base64(),
                "certFileName": format!("{}.cer", root.stem),
            });
            if format == "intune-windows" {
                body["destinationStore"] = "computerCertStoreRoot".into();
            }
            files.push(Export::new(
                format,
                audience,
                format!("intune/{}-{}.json", root.stem, &format["intune-".len()..]),
                json(&body),
                JSON,
            ));
        }
    }
    let settings: Vec<_> = kit
        .roots
        .iter()
        .map(|root| {
            json!({
                "@odata.type": "#microsoft.graph.omaSettingString",
                "displayName": root.name(),
                "omaUri": format!("./Device/Vendor/MSFT/{}", node(root)),
                "value": root.base64(),
            })
        })
        .collect();
    files.push(Export::new(
        "intune-omauri",
        "Intune: Windows by a custom profile (RootCATrustedCertificates)",
        "intune/windows-custom.json",
        json(&json!({
            "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
            "displayName": format!("Root of {}", kit.organisation()),
            "omaSettings": settings,
        })),
        JSON,
    ));
    let command = |verb: &str, root: &Root, id: usize| {
        let data = match verb {
            "Delete" => String::new(),
            _ => format!("<Data>{}</Data>", root.base64()),
        };
        let node = node(root);
        let node =
            if verb == "Delete" { node.trim_end_matches("/EncodedCertificate") } else { &node };
        let node = xml(node);
        format!(
            "    <{verb}>\n      <CmdID>{id}</CmdID>\n      <Item>\n        <Target><LocURI>\
             ./Device/Vendor/MSFT/{node}</LocURI></Target>\n        <Meta><Format \
             xmlns=\"syncml:metinf\">chr</Format></Meta>\n        {data}\n      </Item>\n    </{verb}>\n"
        )
    };
    let syncml = |verb: &str| {
        let commands = kit.roots.iter().enumerate().map(|(at, root)| command(verb, root, at + 1));
        format!(
            "<SyncML xmlns=\"SYNCML:SYNCML1.2\">\n  <SyncBody>\n{}  </SyncBody>\n</SyncML>\n",
            commands.collect::<String>()
        )
    };
    for (format, verb, path, audience) in [
        (
            "syncml",
            "Replace",
            "intune/rootcatrusted.syncml.xml",
            "Other managers of Windows devices: the same as SyncML",
        ),
        (
            "syncml-remove",
            "Delete",
            "intune/rootcatrusted-remove.syncml.xml",
            "Other managers of Windows devices: the removal as SyncML",
        ),
    ] {
        files.push(Export::new(format, audience, path, syncml(verb), "application/xml"));
    }
    files
}

/// The node of the configuration service provider.
fn node(root: &Root) -> String {
    format!("RootCATrustedCertificates/Root/{}/EncodedCertificate", root.thumbprint())
}

/// The properties of a certificate as the registry keeps them: number, 1, length, octets.
fn blob(root: &Root) -> Vec<u8> {
    const SHA1: u32 = 3;
    const FRIENDLY_NAME: u32 = 11;
    const KEY_IDENTIFIER: u32 = 20;
    const CERTIFICATE: u32 = 32;
    let name = utf16(&format!("{}\0", root.name()));
    let properties: [(u32, &[u8]); 4] = [
        (SHA1, &root.sha1),
        (FRIENDLY_NAME, &name),
        (KEY_IDENTIFIER, &root.facts.identifier),
        (CERTIFICATE, &root.der),
    ];
    let mut out = Vec::new();
    for (number, octets) in properties {
        out.extend(number.to_le_bytes());
        out.extend(1_u32.to_le_bytes());
        out.extend(u32::try_from(octets.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(octets);
    }
    out
}

/// Text between the single quotes of PowerShell, which takes typographic ones for quotes too.
fn quoted(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        if matches!(letter, '\'' | '\u{2018}'..='\u{201b}') {
            out.push(letter);
        }
        out.push(letter);
    }
    out
}

pub(super) fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}
