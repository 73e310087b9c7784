"""Checks the samples in the current folder with pyca/cryptography, NSS and pkilint."""

import glob
import ipaddress
import os
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import PolicyBuilder, Store

TOOLS = os.path.dirname(sys.executable)
root = x509.load_pem_x509_certificate(open("certs/root.pem", "rb").read())
chain = []
if os.path.exists("ec/chain.pem"):
    chain = x509.load_pem_x509_certificates(open("ec/chain.pem", "rb").read())


def subject(host):
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def lint(*words):
    done = subprocess.run([os.path.join(TOOLS, words[0]), *words[1:]], capture_output=True, text=True)
    if done.returncode or done.stdout.strip():
        sys.exit(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")


hosts = open("hosts").read().split()
samples = [(f"ec/leaf-{place}-0.pem", host) for place, host in enumerate(hosts)]
samples.append(("rsa/leaf-0-0.pem", "blocked.example"))
for path, host in samples:
    leaf = x509.load_pem_x509_certificate(open(path, "rb").read())
    # pyca reads names by the strict rule (RFC 1123), in which there are no underscores.
    if "_" not in host:
        PolicyBuilder().store(Store([root])).build_server_verifier(subject(host)).verify(leaf, chain)
    open("leaf.der", "wb").write(leaf.public_bytes(Encoding.DER))

os.makedirs("nss", exist_ok=True)
subprocess.run(["certutil", "-N", "-d", "nss", "--empty-password"], check=True)
subprocess.run(
    ["certutil", "-A", "-d", "nss", "-n", "root", "-t", "C,,", "-a", "-i", "certs/root.pem"], check=True
)
between = ["ec/chain.pem"] if chain else []
for path, _ in samples:
    words = ["vfychain", "-d", "nss", "-u", "1", "-pp", "-a", path, *between]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{words}: {done.stdout}{done.stderr}")

# One of each kind: a name, a long one, IPv4, IPv6, RSA.
for path in ["ec/leaf-0-0.pem", "ec/leaf-4-0.pem", "ec/leaf-5-0.pem", "ec/leaf-6-0.pem", "rsa/leaf-0-0.pem"]:
    lint("lint_pkix_cert", "lint", "-s", "NOTICE", path)
    issuer = between[0] if between else "certs/root.pem"
    lint("lint_pkix_signer_signee_cert_chain", "lint", "-s", "NOTICE", issuer, path)
lint("lint_pkix_cert", "lint", "-s", "NOTICE", "certs/root.pem")
for path in glob.glob("certs/issuing-*.pem"):
    lint("lint_pkix_cert", "lint", "-s", "NOTICE", path)
    lint("lint_pkix_signer_signee_cert_chain", "lint", "-s", "NOTICE", "certs/root.pem", path)
lint("lint_crl", "lint", "-t", "CRL", "-p", "PKIX", "-s", "NOTICE", "certs/root.crl")
