//! The server's side of NTLM, which knows a person by the connection ([MS-NLMP], [MS-NTHT]). It looks at no
//! password.

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// How far each connection has come.
#[derive(Default)]
pub struct Logins(Mutex<HashMap<u32, Login>>);

enum Login {
    Challenged,
    Known(String),
}

impl Logins {
    /// A request on a connection, and its `Authorization`: whose it is, or what is to be proved.
    pub fn hear(&self, connection: u32, field: Option<String>) -> Result<String, String> {
        let mut logins = self.0.lock().unwrap();
        let message = field.and_then(|field| BASE64.decode(field.strip_prefix("NTLM ")?).ok());
        match message.as_deref().map(|message| (message[8], message)) {
            Some((1, _)) => {
                logins.insert(connection, Login::Challenged);
                return Err(format!("NTLM {}", BASE64.encode(challenge())));
            }
            Some((3, message)) if logins.contains_key(&connection) => {
                let number = |at: usize| u16::from_le_bytes([message[at], message[at + 1]]).into();
                let (length, start): (usize, usize) = (number(36), number(40));
                // UTF-16 of ASCII.
                let name = message[start..][..length].iter().filter(|octet| **octet != 0);
                let name = name.map(|octet| char::from(*octet)).collect();
                logins.insert(connection, Login::Known(name));
            }
            _ => {}
        }
        match logins.get(&connection) {
            Some(Login::Known(name)) => Ok(name.clone()),
            _ => Err("NTLM".to_owned()),
        }
    }
}

/// [MS-NLMP] section 2.2.1.2.
fn challenge() -> Vec<u8> {
    let mut message = b"NTLMSSP\0\x02\0\0\0".to_vec();
    // No name of a target; Unicode, NTLM, a list about the target.
    message.extend_from_slice(&[0, 0, 0, 0, 48, 0, 0, 0]);
    message.extend_from_slice(&0x0080_8201_u32.to_le_bytes());
    message.extend_from_slice(b"01234567");
    message.extend_from_slice(&[0; 8]);
    // Where the list is, and its end, which is all of it.
    message.extend_from_slice(&[4, 0, 4, 0, 48, 0, 0, 0]);
    message.extend_from_slice(&[0; 4]);
    message
}
