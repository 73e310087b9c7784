"""Verifies a leaf with OpenSSL, GnuTLS, NSS and pyca/cryptography: rotation.py HOST LEAF CHAIN ROOT...

Says on one line which of them accept it."""

import subprocess
import sys
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

HOST = sys.argv[1]
leaf_path, chain_path, *roots = map(Path, sys.argv[2:])
leaf = x509.load_pem_x509_certificate(leaf_path.read_bytes())
chain = x509.load_pem_x509_certificates(chain_path.read_bytes())
anchors = [x509.load_pem_x509_certificate(root.read_bytes()) for root in roots]
folder = Path(tempfile.mkdtemp())
trust = folder / "trust.pem"
trust.write_bytes(b"".join(root.read_bytes() for root in roots))
both = folder / "both.pem"
both.write_bytes(leaf_path.read_bytes() + chain_path.read_bytes())


def accepts(*words):
    return subprocess.run(list(map(str, words)), capture_output=True).returncode == 0


def pyca():
    try:
        verifier = PolicyBuilder().store(Store(anchors)).build_server_verifier(x509.DNSName(HOST))
        verifier.verify(leaf, chain)
        return True
    except VerificationError:
        return False


def nss():
    database = folder / "nss"
    database.mkdir()
    assert accepts("certutil", "-N", "-d", database, "--empty-password")
    for at, root in enumerate(roots):
        assert accepts("certutil", "-A", "-d", database, "-n", f"root {at}", "-t", "C,,", "-a", "-i", root)
    between = []
    for at, one in enumerate(chain):
        between.append(folder / f"between-{at}.pem")
        between[-1].write_bytes(one.public_bytes(Encoding.PEM))
    return accepts("vfychain", "-d", database, "-u", "1", "-pp", "-a", leaf_path, *between)


found = {
    "openssl": accepts(
        "openssl", "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", HOST,
        "-no-CApath", "-no-CAstore", "-CAfile", trust, "-untrusted", chain_path, leaf_path,
    ),
    "gnutls": accepts(
        "certtool", "--verify", "--verify-hostname", HOST, "--verify-purpose", "1.3.6.1.5.5.7.3.1",
        "--load-ca-certificate", trust, "--infile", both,
    ),
    "nss": nss(),
    "pyca": pyca(),
}  # fmt: skip
print(" ".join(name for name, accepted in found.items() if accepted))
