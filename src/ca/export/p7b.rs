//! PKCS#7 SignedData without signers (RFC 2315 section 9), as `openssl crl2pkcs7 -nocrl` writes it.

use rustls::pki_types::CertificateDer;

const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const INTEGER: u8 = 0x02;
const CONTEXT_0: u8 = 0xa0;

pub(super) fn write(certificates: &[&CertificateDer<'_>]) -> Vec<u8> {
    let certificates: Vec<&[u8]> = certificates.iter().map(|der| der.as_ref()).collect();
    let signed_data = element(
        SEQUENCE,
        &[
            &element(INTEGER, &[&[1]]),
            // No digests, since nobody signs.
            &element(SET, &[]),
            &element(SEQUENCE, &[DATA]),
            &element(CONTEXT_0, &certificates),
            &element(SET, &[]),
        ],
    );
    element(SEQUENCE, &[SIGNED_DATA, &element(CONTEXT_0, &[&signed_data])])
}

/// One DER element (X.690 section 8.1).
fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let digits = &length[length.iter().take_while(|octet| **octet == 0).count()..];
    let mut out = vec![tag];
    match digits {
        [] => out.push(0),
        [short @ 0..=0x7f] => out.push(*short),
        // At most eight digits, so that this cannot overflow.
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(8));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(&content);
    out
}
