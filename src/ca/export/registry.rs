//! What Windows keeps in its registry, as text (`.reg`) and as the file of a group policy
//! (`Registry.pol`, MS-GPREG section 2.2.1).

use super::kit::{Export, utf16};

/// A value.
pub(super) enum Value {
    Text(String),
    Number(u32),
    Octets(Vec<u8>),
    /// The value is to go, and the key with what else is in it stays.
    Gone,
}

/// A key with its values; none of them means that the key is to go.
pub(super) struct Key {
    /// Below `HKEY_LOCAL_MACHINE`.
    pub(super) path: String,
    pub(super) values: Vec<(String, Value)>,
}

impl Key {
    /// Makes that `path` is gone, with all below it.
    pub(super) fn gone(path: impl Into<String>) -> Self {
        Self { path: path.into(), values: Vec::new() }
    }

    /// Takes these values back; what others put beside them stays.
    pub(super) fn taken_back(&self) -> Self {
        let gone = |(name, _): &(String, Value)| (name.clone(), Value::Gone);
        Self { path: self.path.clone(), values: self.values.iter().map(gone).collect() }
    }
}

/// A file to double-click, or for `reg import`.
pub(super) fn file(
    format: &'static str,
    audience: &'static str,
    path: &str,
    keys: &[Key],
) -> Export {
    let mut text = String::from("\u{feff}Windows Registry Editor Version 5.00\r\n\r\n");
    for key in keys {
        let gone = if key.values.is_empty() { "-" } else { "" };
        text += &format!("[{gone}HKEY_LOCAL_MACHINE\\{}]\r\n", key.path);
        for (name, value) in &key.values {
            let begin = format!("\"{}\"=", escaped(name));
            match value {
                Value::Text(value) => text += &format!("{begin}\"{}\"\r\n", escaped(value)),
                Value::Number(value) => text += &format!("{begin}dword:{value:08x}\r\n"),
                Value::Octets(octets) => hex(&mut text, &begin, octets),
                Value::Gone => text += &format!("{begin}-\r\n"),
            }
        }
        text += "\r\n";
    }
    Export::new(format, audience, path, utf16(&text), "text/x-ms-regedit")
}

/// The settings of a group policy.
pub(super) fn policy(keys: &[Key]) -> Vec<u8> {
    const TEXT: u32 = 1;
    const BINARY: u32 = 3;
    const DWORD: u32 = 4;
    let mut out = b"PReg\x01\0\0\0".to_vec();
    for key in keys {
        for (name, value) in &key.values {
            let (kind, data) = match value {
                Value::Text(value) => (TEXT, utf16(&format!("{value}\0"))),
                Value::Number(value) => (DWORD, value.to_le_bytes().to_vec()),
                Value::Octets(octets) => (BINARY, octets.clone()),
                // A policy ends with the object that holds it, so that nothing is taken away by one.
                Value::Gone => continue,
            };
            let size = u32::try_from(data.len()).unwrap_or(u32::MAX);
            out.extend(utf16(&format!("[{}\0;{name}\0;", key.path)));
            out.extend(kind.to_le_bytes());
            out.extend(utf16(";"));
            out.extend(size.to_le_bytes());
            out.extend(utf16(";"));
            out.extend(data);
            out.extend(utf16("]"));
        }
    }
    out
}

/// Octets in lines of at most 80 columns.
fn hex(text: &mut String, begin: &str, octets: &[u8]) {
    let mut line = format!("{begin}hex:");
    for (place, octet) in octets.iter().enumerate() {
        let last = place + 1 == octets.len();
        line += &format!("{octet:02x}");
        if last {
            break;
        }
        line.push(',');
        if line.len() > 75 {
            *text += &line;
            *text += "\\\r\n";
            "  ".clone_into(&mut line);
        }
    }
    *text += &line;
    *text += "\r\n";
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
