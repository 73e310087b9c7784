//! PEM (RFC 7468): 64 columns, LF, one certificate, nothing before it.

use rustls::pki_types::CertificateDer;

use crate::ca::CaError;
use crate::ca::store::to_pem;

pub(super) fn write(root: &CertificateDer<'_>) -> Result<Vec<u8>, CaError> {
    to_pem(root).map(String::into_bytes)
}
