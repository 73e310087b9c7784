//! The bare certificate (`.cer`).

use rustls::pki_types::CertificateDer;

pub(super) fn write(root: &CertificateDer<'_>) -> Vec<u8> {
    root.to_vec()
}
