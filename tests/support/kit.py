"""Reads what `blockhouse-ca export --all` wrote, by means that Blockhouse does not have.

kit.py CHECK KIT ROOT... -- WORD...: the check, the folder of the exports, the roots (DER), and what
the check needs besides."""

import base64
import fnmatch
import hashlib
import itertools
import json
import plistlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import uuid
import xml.etree.ElementTree as ElementTree
from pathlib import Path

CUT = sys.argv.index("--")
CHECK, KIT = sys.argv[1], Path(sys.argv[2])
ROOTS = [Path(path).read_bytes() for path in sys.argv[3:CUT]]
ROOT = ROOTS[0]
SHA256 = [hashlib.sha256(root).hexdigest().upper() for root in ROOTS]
STEMS = ["root" if at == 0 else f"root-{at + 1}" for at in range(len(ROOTS))]
SHA1 = [hashlib.sha1(root).hexdigest().upper() for root in ROOTS]


def read(path):
    return (KIT / path).read_bytes()


def text(path, encoding="utf-8"):
    return read(path).decode(encoding)


def run(*words, stdin=None, at=None):
    done = subprocess.run(words, input=stdin, capture_output=True, cwd=at)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout


def ders(pem):
    found = re.findall(r"-----BEGIN CERTIFICATE-----\n(.*?)-----END CERTIFICATE-----", pem, re.S)
    return [base64.b64decode(one) for one in found]


def blob(octets):
    """The properties of a certificate in the registry."""
    properties = {}
    while octets:
        number, one, length = struct.unpack_from("<III", octets)
        assert one == 1
        properties[number] = octets[12 : 12 + length]
        assert len(properties[number]) == length
        octets = octets[12 + length :]
    return properties


def reg(path):
    """A reader of .reg files: {key: {name: value}}, None for a key that goes."""
    octets = read(path)
    assert octets[:2] == b"\xff\xfe", "UTF-16 with a mark"
    whole = octets[2:].decode("utf-16-le")
    assert whole.count("\n") == whole.count("\r\n"), "CRLF"
    assert all(len(line) <= 80 or "hex" not in line for line in whole.split("\r\n")), "80 columns"
    lines = whole.replace("\\\r\n  ", "").split("\r\n")
    assert lines[0] == "Windows Registry Editor Version 5.00" and lines[1] == ""
    keys, key = {}, None
    for line in filter(None, lines[2:]):
        if line.startswith("[-"):
            keys[line[2:-1]] = key = None
        elif line.startswith("["):
            key = keys.setdefault(line[1:-1], {})
        else:
            name, value = re.fullmatch(r'"((?:[^"\\]|\\.)*)"=(.*)', line).groups()
            if value.startswith("hex:"):
                value = bytes.fromhex(value[4:].replace(",", ""))
            elif value.startswith("dword:"):
                value = int(value[6:], 16)
            elif value == "-":
                value = None
            else:
                value = re.sub(r"\\(.)", r"\1", re.fullmatch(r'"(.*)"', value).group(1))
            key[name] = value
    return keys


def pol(path):
    """A reader of Registry.pol (MS-GPREG 2.2.1): [(key, name, type, data)]."""
    octets = read(path)
    assert octets[:8] == b"PReg\x01\0\0\0"
    at, entries = 8, []

    def expect(what):
        nonlocal at
        assert octets[at : at + 2] == what.encode("utf-16-le"), (at, what)
        at += 2

    def word():
        nonlocal at
        end = at
        while octets[end : end + 2] != b"\0\0":
            end += 2
        found = octets[at:end].decode("utf-16-le")
        at = end + 2
        return found

    def number():
        nonlocal at
        (found,) = struct.unpack_from("<I", octets, at)
        at += 4
        return found

    while at < len(octets):
        expect("[")
        key = word()
        expect(";")
        name = word()
        expect(";")
        kind = number()
        expect(";")
        size = number()
        expect(";")
        data = octets[at : at + size]
        at += size
        expect("]")
        entries.append((key, name, kind, data))
    return entries


def check_blob(octets, sha1, root):
    found = blob(octets)
    assert found[32] == root and found[3].hex().upper() == sha1
    assert found[11].decode("utf-16-le").endswith("CA G1\0") or len(ROOTS) > 1
    assert len(found[20]) == 20


def windows():
    machine = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates\\"
    policy = machine.replace("SOFTWARE\\", "SOFTWARE\\Policies\\")
    for path, below in [("windows/root-machine.reg", machine), ("windows/root-policy.reg", policy)]:
        keys = reg(path)
        assert list(keys) == [below + sha1 for sha1 in SHA1]
        for sha1, root in zip(SHA1, ROOTS):
            check_blob(keys[below + sha1]["Blob"], sha1, root)
    gone = reg("windows/root-remove.reg")
    assert gone == {below + sha1: None for below in (machine, policy) for sha1 in SHA1}
    entries = pol("windows/Registry.pol")
    assert len(entries) == len(ROOTS)
    for (key, name, kind, data), sha1, root in zip(entries, SHA1, ROOTS):
        assert "HKEY_LOCAL_MACHINE\\" + key == policy + sha1 and (name, kind) == ("Blob", 3)
        check_blob(data, sha1, root)

    from tree_sitter import Language, Parser
    import tree_sitter_powershell

    parser = Parser(Language(tree_sitter_powershell.language()))
    for path in KIT.glob("windows/*.ps1"):
        octets = path.read_bytes()
        assert octets.startswith(b"\xef\xbb\xbf") and octets.count(b"\n") == octets.count(b"\r\n")
        tree = parser.parse(octets.removeprefix(b"\xef\xbb\xbf"))
        assert not tree.root_node.has_error, (path, str(tree.root_node))
    assert parser.parse(b"if ( {").root_node.has_error, "the grammar finds errors"
    script = text("windows/Install-BlockhouseRoot.ps1")
    for root, sha1 in zip(ROOTS, SHA1):
        assert base64.b64encode(root).decode() in script and sha1 in script
        assert hashlib.sha256(root).hexdigest().upper() in script
        for path in ("detect.ps1", "remediation-detect.ps1", "uninstall.cmd"):
            assert sha1 in text(f"windows/{path}"), path
    # Configuration Manager takes any code but 0 for a failed detection; Intune remediates after 1 alone.
    for path, codes in [("detect.ps1", [0]), ("remediation-detect.ps1", [0, 1])]:
        words = text(f"windows/{path}", "utf-8-sig")
        assert [int(code) for code in re.findall(r"^\s*exit (\d+)", words, re.M)] == codes, path
    assert text("windows/detect.ps1").count("Write-Output") == 1
    installed = re.findall(r"%FROM%(\S+?)\"", text("windows/install.cmd"))
    assert [read(path) for path in installed[-len(ROOTS) :]] == ROOTS, installed
    for path in KIT.glob("windows/*.cmd"):
        lines = path.read_bytes().decode("ascii")
        assert lines.count("\n") == lines.count("\r\n")
    gpo = text("windows/New-BlockhouseGpo.ps1")
    assert "[0]" not in gpo, "no root is shown alone"
    blobs = re.findall(r"Blob = '([^']*)'", gpo)
    for one, sha1, root in zip(blobs, SHA1, ROOTS, strict=True):
        check_blob(base64.b64decode(one), sha1, root)

    added, removed = ldif("windows/root-ad.ldif"), ldif("windows/root-ad-remove.ldif")
    place = "CN=Certification Authorities,CN=Public Key Services,CN=Services,CN=Configuration,DC=EXAMPLE,DC=ORG"
    for (dn, entry), (gone, how), root in zip(added, removed, ROOTS, strict=True):
        assert entry == {
            "changetype": [b"add"],
            "objectClass": [b"certificationAuthority"],
            "cn": [dn.split(",")[0].removeprefix("CN=").encode()],
            "authorityRevocationList": [b"\0"],
            "certificateRevocationList": [b"\0"],
            "cACertificate": [root],
        }, entry
        assert dn.endswith("," + place) and (gone, how) == (dn, {"changetype": [b"delete"]})
    assert len({dn for dn, _ in added}) == len(ROOTS)


def ldif(path):
    """The entries of an LDIF file, as a parser that we did not write takes them apart (RFC 2849)."""
    import io

    from ldif import LDIFParser

    octets = lambda value: value if isinstance(value, bytes) else value.encode()
    found = LDIFParser(io.BytesIO(read(path)), strict=False).parse()
    return [(dn, {key: [octets(one) for one in values] for key, values in entry.items()})
            for dn, entry in found]  # fmt: skip


def intune():
    kinds = {
        "windows": "windows81TrustedRootCertificate",
        "ios": "iosTrustedRootCertificate",
        "macos": "macOSTrustedRootCertificate",
        "android": "androidDeviceOwnerTrustedRootCertificate",
        "android-work": "androidWorkProfileTrustedRootCertificate",
    }
    for (name, kind), (stem, root) in itertools.product(kinds.items(), zip(STEMS, ROOTS)):
        body = json.loads(text(f"intune/{stem}-{name}.json"))
        assert body["@odata.type"] == "#microsoft.graph." + kind
        assert base64.b64decode(body["trustedRootCertificate"]) == root
        assert body["certFileName"].endswith(".cer") and body["displayName"]
        assert ("destinationStore" in body) == (name == "windows")
    custom = json.loads(text("intune/windows-custom.json"))
    settings = custom["omaSettings"]
    assert len(settings) == len(ROOTS)
    node = "./Device/Vendor/MSFT/RootCATrustedCertificates/Root/"
    for setting, sha1, root in zip(settings, SHA1, ROOTS):
        assert setting["omaUri"] == node + sha1 + "/EncodedCertificate"
        assert "\n" not in setting["value"] and base64.b64decode(setting["value"]) == root
    space = "{SYNCML:SYNCML1.2}"
    for path, verb in [("rootcatrusted", "Replace"), ("rootcatrusted-remove", "Delete")]:
        file = KIT / f"intune/{path}.syncml.xml"
        run("xmllint", "--noout", str(file))
        commands = ElementTree.parse(file).getroot().findall(f"{space}SyncBody/{space}{verb}")
        assert len(commands) == len(ROOTS)
        for command, sha1, root in zip(commands, SHA1, ROOTS):
            assert command.find(f".//{space}LocURI").text.startswith(node + sha1)
            data = command.find(f".//{space}Data")
            assert (data is None) == (verb == "Delete")
            assert data is None or base64.b64decode(data.text) == root


# Apple's TopLevel.yaml and com.apple.security.root.yaml: the type of every key that we use.
TOP = {
    "PayloadType": str, "PayloadVersion": int, "PayloadIdentifier": str, "PayloadUUID": str,
    "PayloadContent": list, "PayloadDisplayName": str, "PayloadDescription": str,
    "PayloadOrganization": str, "PayloadScope": str, "PayloadRemovalDisallowed": bool,
    "TargetDeviceType": int,
}  # fmt: skip
PAYLOAD = {
    "PayloadType": str, "PayloadVersion": int, "PayloadIdentifier": str, "PayloadUUID": str,
    "PayloadDisplayName": str, "PayloadContent": bytes, "PayloadCertificateFileName": str,
}  # fmt: skip
MUST = ["PayloadType", "PayloadVersion", "PayloadIdentifier", "PayloadUUID", "PayloadContent"]


def profile(octets):
    found = plistlib.loads(octets)
    # Another reader's way to the binary form and back changes nothing.
    with tempfile.TemporaryDirectory() as at:
        xml, binary = Path(at, "xml"), Path(at, "binary")
        xml.write_bytes(octets)
        run("plistutil", "-i", str(xml), "-o", str(binary), "-f", "bin")
        assert plistlib.loads(binary.read_bytes(), fmt=plistlib.FMT_BINARY) == found
    for level, rules in [(found, TOP), *((p, PAYLOAD) for p in found["PayloadContent"])]:
        assert all(key in level for key in MUST), level
        assert level["PayloadVersion"] == 1
        assert uuid.UUID(level["PayloadUUID"]).version == 5
        if level["PayloadType"] != "com.apple.ManagedClient.preferences":
            assert all(type(value) is rules[key] for key, value in level.items()), level
    assert found["PayloadType"] == "Configuration"
    assert found.get("PayloadScope", "System") in ("System", "User")
    assert found.get("TargetDeviceType", 0) in (0, 1, 5)
    all_of = [found, *found["PayloadContent"]]
    for key in ("PayloadUUID", "PayloadIdentifier"):
        assert len({one[key] for one in all_of}) == len(all_of), key
    return found


def apple():
    seen = set()
    names = ["root", "root-ios", "root-macos", "root-locked"]
    for name in names:
        file = KIT / f"apple/{name}.mobileconfig"
        run("xmllint", "--noout", str(file))
        found = profile(file.read_bytes())
        payloads = found["PayloadContent"]
        assert [p["PayloadContent"] for p in payloads] == ROOTS
        assert all(p["PayloadType"] == "com.apple.security.root" for p in payloads)
        assert found.get("PayloadRemovalDisallowed", False) == (name == "root-locked")
        assert found.get("TargetDeviceType", 0) == {"root-ios": 1, "root-macos": 5}.get(name, 0)
        assert ("PayloadScope" in found) == (name != "root-ios")
        # A later generation of roots replaces this one.
        assert found["PayloadIdentifier"] == "blockhouse.root.example-school"
        seen.add(found["PayloadUUID"])
    assert len(seen) == len(names)


def signed(chain):
    """Signed profiles hold the unsigned ones, and openssl verifies them by the signer's CA."""
    profiles = [path for path in KIT.glob("**/*.mobileconfig") if "signed" not in path.name]
    assert len(profiles) >= 6
    for path in profiles:
        other = path.with_name(path.name.replace(".mobileconfig", ".signed.mobileconfig"))
        verify = ["openssl", "cms", "-verify", "-inform", "DER", "-purpose", "any", "-binary"]
        content = run(*verify, "-CAfile", chain, "-in", str(other))
        assert content == path.read_bytes()
        octets = bytearray(other.read_bytes())
        at = octets.find(b"PayloadContent")
        octets[at] ^= 1
        bad = subprocess.run([*verify, "-CAfile", chain], input=bytes(octets), capture_output=True)
        assert bad.returncode != 0, "a changed profile is refused"


def mobile():
    for stem, root in zip(STEMS, ROOTS):
        assert read(f"android/{stem}.crt") == root
        pem = text(f"{stem}.pem")
        hash_old = run("openssl", "x509", "-noout", "-subject_hash_old", stdin=pem.encode())
        same = KIT.glob(f"android/{hash_old.decode().strip()}.[0-9]")
        assert pem in [path.read_text() for path in same]
    # Every root has a name of its own there, also when two have the same subject.
    found = [ders(path.read_text()) for path in sorted(KIT.glob("android/*.[0-9]"))]
    assert sorted(found) == sorted([root] for root in ROOTS), found
    management = json.loads(text("android/management-api.json"))["openNetworkConfiguration"]
    assert management["Type"] == "UnencryptedConfiguration"
    for one, root in zip(management["Certificates"], ROOTS, strict=True):
        assert one["Type"] == "Authority" and "TrustBits" not in one and "Remove" not in one
        assert base64.b64decode(one["X509"]) == root
        assert re.fullmatch(r"\{[0-9a-f-]{36}\}", one["GUID"])
    run("xmllint", "--noout", str(KIT / "android/network_security_config.xml"))
    onc = json.loads(text("chromeos/root.onc"))
    assert onc["Type"] == "UnencryptedConfiguration" and onc["NetworkConfigurations"] == []
    for one, root in zip(onc["Certificates"], ROOTS, strict=True):
        assert one["Type"] == "Authority" and one["TrustBits"] == ["Web"]
        assert ders(one["X509"]) == [root]


def scripts():
    shells = [p for p in KIT.rglob("*.sh")]
    assert len(shells) == 9
    # Names of roots stand in single quotes as they are, with what would mean something elsewhere.
    names = "--exclude=SC2016,SC1112"
    run("shellcheck", "--shell=sh", "--severity=info", names, *map(str, shells))
    for path in shells:
        executable = path.stat().st_mode & 0o777
        assert executable == (0o644 if "environment" in str(path) else 0o755), path
    by_slug = {"linux/uninstall.sh": "slugs", "java/uninstall.sh": "aliases"}
    for path in (str(path.relative_to(KIT)) for path in shells):
        if path in by_slug:
            (words,) = re.findall(rf'^{by_slug[path]}="(.*)"$', text(path), re.M)
            prints = [word[-8:].upper() for word in words.split()]
            assert prints == [sha256[:8] for sha256 in SHA256], path
        elif path == "environment/blockhouse-root.sh":
            lists = {name: value for name, value in re.findall(r"export (\w+)=(\S+)", text(path))}
            # Each is the list of the system, which has every root; no file has one root alone.
            assert set(lists.values()) == {'"$blockhouse_file"'} and "NODE_EXTRA_CA_CERTS" in lists
            assert not re.search(r"ca-certificates/.|anchors/|trust-source", text(path).replace("/etc/ssl/certs", ""))
        else:
            assert ders(text(path)) == ROOTS, path


POLICY = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "CACertificates": {"type": "array", "items": {"type": "string", "minLength": 1}},
        "CACertificatesWithConstraints": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["certificate", "constraints"],
                "additionalProperties": False,
                "properties": {
                    "certificate": {"type": "string"},
                    "constraints": {
                        "type": "object",
                        "minProperties": 1,
                        "additionalProperties": False,
                        "properties": {
                            "permitted_dns_names": {"type": "array", "items": {"type": "string"}},
                            "permitted_cidrs": {"type": "array", "items": {"type": "string"}},
                        },
                    },
                },
            },
        },
        "LocalNetworkAccessIpAddressSpaceOverrides": {
            "type": "array",
            "items": {"type": "string", "pattern": r"^(\[[0-9a-f:]+\]|[0-9.]+)/[0-9]+=public$"},
        },
    },
}
FIREFOX = {
    "type": "object",
    "additionalProperties": False,
    "required": ["policies"],
    "properties": {
        "policies": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "Certificates": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "ImportEnterpriseRoots": {"type": "boolean"},
                        "Install": {"type": "array", "items": {"type": "string"}},
                    },
                }
            },
        }
    },
}


def browsers():
    import jsonschema

    plain = json.loads(text("chrome/policy.json"))
    narrow = json.loads(text("chrome/policy-constrained.json"))
    for policy in (plain, narrow):
        jsonschema.validate(policy, POLICY)
    assert [base64.b64decode(one) for one in plain["CACertificates"]] == ROOTS
    spaces = ["192.0.2.1/32=public", "[2001:db8::1]/128=public"]
    assert plain["LocalNetworkAccessIpAddressSpaceOverrides"] == spaces
    for one, root in zip(narrow["CACertificatesWithConstraints"], ROOTS, strict=True):
        assert base64.b64decode(one["certificate"]) == root
        constraints = one["constraints"]
        assert constraints["permitted_dns_names"] == ["inner.example"]
        assert constraints["permitted_cidrs"] == ["192.0.2.1/32", "2001:db8::1/128"]
    for name, key, domain in [
        ("chrome", "Google\\Chrome", "com.google.Chrome"),
        ("edge", "Microsoft\\Edge", "com.microsoft.Edge"),
    ]:
        below = f"HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\{key}\\"
        keys = reg(f"chrome/{name}.reg")
        values = keys[below + "CACertificates"]
        assert sorted(map(base64.b64decode, values.values())) == sorted(ROOTS)
        values = keys[below + "LocalNetworkAccessIpAddressSpaceOverrides"]
        assert list(values.values()) == spaces
        taken_back(f"chrome/{name}")
        settings = preferences(f"chrome/{name}-macos.mobileconfig", domain)
        assert settings == plain
        # A policy that is no list of texts is one value with JSON in it.
        keys = reg(f"chrome/{name}-constrained.reg")
        (value,) = keys[below.rstrip("\\")].values()
        assert json.loads(value) == narrow["CACertificatesWithConstraints"]
        assert below + "CACertificates" not in keys
        taken_back(f"chrome/{name}-constrained")
        settings = preferences(f"chrome/{name}-constrained-macos.mobileconfig", domain)
        assert settings == narrow

    policy = json.loads(text("firefox/policies.json"))
    jsonschema.validate(policy, FIREFOX)
    assert len(policy["policies"]["Certificates"]["Install"]) == 4 * len(ROOTS)
    below = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Mozilla\\Firefox\\Certificates"
    keys = reg("firefox/firefox.reg")
    assert keys[below] == {"ImportEnterpriseRoots": 1}
    assert reg("firefox/firefox-remove.reg") == {below: {"ImportEnterpriseRoots": None}}
    settings = preferences("firefox/firefox-macos.mobileconfig", "org.mozilla.firefox")
    assert settings["EnterprisePoliciesEnabled"] is True
    assert settings["Certificates"] == {"ImportEnterpriseRoots": True}


def taken_back(path):
    """What others have in a list stays: numbers that nobody else takes, and a removal of these alone."""
    installed, removed = reg(path + ".reg"), reg(path + "-remove.reg")
    assert removed == {key: dict.fromkeys(values) for key, values in installed.items()}, path
    numbers = [int(name) for values in installed.values() for name in values if name.isdigit()]
    assert all(1 << 30 <= number < 1 << 31 for number in numbers), path


def preferences(path, domain):
    run("xmllint", "--noout", str(KIT / path))
    (payload,) = profile(read(path))["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.ManagedClient.preferences"
    (forced,) = payload["PayloadContent"][domain]["Forced"]
    return forced["mcx_preference_settings"]


KEY = {"type": "string", "pattern": r"^[0-9A-Za-z_.\-]+$", "maxLength": 253}


def closed(required, **properties):
    return {"type": "object", "additionalProperties": False, "required": required,
            "properties": properties}  # fmt: skip


def resource(api, kind, spec):
    metadata = closed(["name"], name={"pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"})
    return closed(["apiVersion", "kind", "metadata", "spec"],
                  apiVersion={"const": api}, kind={"const": kind}, metadata=metadata, spec=spec)  # fmt: skip


# The fields that we use, as the definitions of trust-manager's resources have them; no other is allowed.
BUNDLE = resource("trust.cert-manager.io/v1alpha1", "Bundle", closed(
    ["sources", "target"],
    sources={"type": "array", "items": {"maxProperties": 1, "minProperties": 1, **closed(
        [], useDefaultCAs={"type": "boolean"}, inLine={"type": "string"})}},
    target=closed(["configMap"], configMap=closed(["key"], key=KEY)),
))  # fmt: skip
CLUSTER_BUNDLE = resource("trust-manager.io/v1alpha2", "ClusterBundle", closed(
    ["target"],
    defaultCAs=closed(["provider"], provider={"enum": ["System", "Disabled"]}),
    inLineCAs={"type": "string", "minLength": 1, "maxLength": 1048576},
    target=closed(["configMap"], configMap=closed(["data"], data={
        "type": "array", "minItems": 1, "maxItems": 10, "items": closed(
            ["key"], key=KEY, format={"enum": ["PEM", "PKCS12"]},
            profile={"enum": ["LegacyRC2", "LegacyDES", "Modern2023"]})})),
))  # fmt: skip


# Of cloud-init's schema-cloud-config-v1.json: `cc_ca_certs`, without what is deprecated there.
CLOUD = closed(["ca_certs"], ca_certs={"minProperties": 1, **closed(
    [], remove_defaults={"type": "boolean"},
    trusted={"type": "array", "minItems": 1, "items": {"type": "string"}})})  # fmt: skip
# The lists of systems, which hold every root that was installed.
SYSTEM = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"]


def servers():
    import jsonschema
    import yaml

    named = {"type": "object", "required": ["name"],
             "properties": {"name": {"pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"}}}  # fmt: skip
    document = {"type": "object", "required": ["apiVersion", "kind", "metadata"],
                "properties": {"metadata": named}}  # fmt: skip
    config = yaml.safe_load(text("kubernetes/configmap.yaml"))
    jsonschema.validate(config, document)
    assert (config["apiVersion"], config["kind"]) == ("v1", "ConfigMap")
    assert ders(config["data"]["ca.crt"]) == ROOTS
    bundle = yaml.safe_load(text("kubernetes/bundle.yaml"))
    jsonschema.validate(bundle, document)
    assert (bundle["apiVersion"], bundle["kind"]) == ("trust.cert-manager.io/v1alpha1", "Bundle")
    assert set(bundle["spec"]) == {"sources", "target"}
    assert bundle["spec"]["sources"][0] == {"useDefaultCAs": True}
    assert ders(bundle["spec"]["sources"][1]["inLine"]) == ROOTS
    assert bundle["spec"]["target"] == {"configMap": {"key": "ca-certificates.crt"}}
    # trust-manager leaves a ConfigMap of this name alone that it did not make.
    assert bundle["metadata"]["name"] != config["metadata"]["name"]
    cluster = yaml.safe_load(text("kubernetes/cluster-bundle.yaml"))
    jsonschema.validate(cluster, CLUSTER_BUNDLE)
    assert ders(cluster["spec"]["inLineCAs"]) == ROOTS
    jsonschema.validate(bundle, BUNDLE)
    pod = yaml.safe_load(text("kubernetes/pod.yaml"))
    jsonschema.validate(pod, document)
    (container,), (volume,) = pod["spec"]["containers"], pod["spec"]["volumes"]
    assert volume["configMap"]["name"] == config["metadata"]["name"]
    assert container["volumeMounts"][0]["name"] == volume["name"]
    mount = container["volumeMounts"][0]["mountPath"]
    assert container["env"][0] == {"name": "NODE_EXTRA_CA_CERTS", "value": mount + "/ca.crt"}
    cloud = text("container/cloud-init.yaml")
    assert cloud.startswith("#cloud-config\n")
    jsonschema.validate(yaml.safe_load(cloud), CLOUD)
    trusted = yaml.safe_load(cloud)["ca_certs"]["trusted"]
    assert [ders(one) for one in trusted] == [[root] for root in ROOTS]
    for ending, folder, suffix in [("", "/usr/local/share/ca-certificates", ".crt"),
                                   (".redhat", "/etc/pki/ca-trust/source/anchors", ".pem"),
                                   (".empty", "/usr/local/share/ca-certificates", ".crt")]:  # fmt: skip
        copies = [line.split()[1:] for line in docker(ending, "COPY") if "--from" not in line]
        for (source, target), root in zip(copies, ROOTS, strict=True):
            assert ders(text(source)) == [root], source
            assert target.startswith(folder) and target.endswith(suffix), target
        lists = [pair.split("=") for line in docker(ending, "ENV") for pair in line.split()[1:]]
        assert lists and all(value in SYSTEM for _, value in lists), lists
        assert ("NODE_EXTRA_CA_CERTS" in dict(lists)) == (ending != ".empty"), ending
    assert len(docker(".empty", "FROM")) == 2
    book = yaml.safe_load(text("ansible/install.yml"))
    assert [ders(one["pem"]) for one in book[0]["vars"]["blockhouse_roots"]] == [[r] for r in ROOTS]
    book = yaml.safe_load(text("ansible/uninstall.yml"))
    slugs = book[0]["vars"]["blockhouse_slugs"]
    assert [slug[-8:].upper() for slug in slugs] == [sha256[:8] for sha256 in SHA256]
    rules = "{extends: default, rules: {line-length: disable, comments: disable, document-start: disable}}"
    files = [str(path) for path in [*KIT.rglob("*.yaml"), *KIT.rglob("*.yml")]]
    assert len(files) == 7
    here = Path(sys.executable).parent
    run(str(here / "yamllint"), "--strict", "-d", rules, *files)
    for name in ("install", "uninstall"):
        playbook = str(KIT / f"ansible/{name}.yml")
        run(str(here / "ansible-playbook"), "--syntax-check", "-i", "localhost,", playbook)


def docker(ending, kind):
    """The lines of a Dockerfile with this instruction, as a parser of Dockerfiles takes them apart."""
    import io

    from dockerfile_parse import DockerfileParser

    parser = DockerfileParser(fileobj=io.BytesIO(read("container/Dockerfile" + ending)))
    known = {"FROM", "RUN", "COPY", "ENV", "COMMENT"}
    assert {one["instruction"] for one in parser.structure} <= known, ending
    return [one["content"].strip() for one in parser.structure if one["instruction"] == kind]


def steps(ending):
    """Prints what a build of an image would do, as a script for a machine."""
    for line in docker(ending, "COPY"):
        source, target = line.split()[1:]
        print(f"install -D -m 644 {KIT.resolve()}/{source} {target}")
    for line in docker(ending, "RUN"):
        print(line.removeprefix("RUN "))
    for line in docker(ending, "ENV"):
        print("export", line.removeprefix("ENV "))


def kubectl():
    """The ConfigMap is the one that kubectl makes."""
    import yaml

    ours = yaml.safe_load(text("kubernetes/configmap.yaml"))
    made = run("kubectl", "create", "configmap", ours["metadata"]["name"], "--dry-run=client",
               f"--from-file=ca.crt={KIT}/bundle.pem", "--output=json")  # fmt: skip
    theirs = json.loads(made)
    theirs["metadata"].pop("creationTimestamp", None)
    assert ours == theirs, (ours, theirs)


def basic():
    run("sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS", at=KIT)
    listed = {line.split("  ", 1)[1] for line in text("SHA256SUMS").splitlines()}
    there = {str(path.relative_to(KIT)) for path in KIT.rglob("*") if path.is_file()}
    assert there - listed == {"SHA256SUMS"} and listed < there
    about = json.loads(text("fingerprint.json"))
    assert {one["path"] for one in about["files"]} < listed
    for at, root in enumerate(ROOTS):
        stem = "root" if at == 0 else f"root-{at + 1}"
        assert read(f"{stem}.cer") == root
        assert ders(text(f"{stem}.pem")) == [root]
        assert text(f"{stem}.pem").startswith("-----BEGIN")
        assert all(len(line) <= 64 for line in text(f"{stem}.pem").splitlines())
        assert read(f"{stem}-crlf.cer") == read(f"{stem}.pem").replace(b"\n", b"\r\n")
        ask = ["openssl", "x509", "-noout", "-inform", "DER", "-fingerprint"]
        for kind in ("sha256", "sha1"):
            said = run(*ask, f"-{kind}", stdin=root).decode().strip().split("=")[1]
            assert about["roots"][at][kind] == said
        said = run("openssl", "x509", "-noout", "-inform", "DER", "-serial", stdin=root).decode()
        assert about["roots"][at]["serial"].replace(":", "").upper().lstrip("0") == said.strip().split("=")[1].lstrip("0")
    assert ders(text("bundle.pem")) == ROOTS
    p7b = run("openssl", "pkcs7", "-inform", "DER", "-print_certs", "-in", str(KIT / "root.p7b"))
    assert ders(p7b.decode()) == ROOTS
    p7b = run("openssl", "pkcs7", "-print_certs", "-in", str(KIT / "root-pem.p7b"))
    assert ders(p7b.decode()) == ROOTS


def readme():
    """Every manager of devices gets its steps, how to verify and how to remove, for each root; and each file
    is told of there."""
    whole = text("README.md")
    guide, table = whole.split("## All files")
    there = {str(path.relative_to(KIT)) for path in KIT.rglob("*") if path.is_file()}
    there -= {"README.md", "notice.html", "fingerprint.json", "SHA256SUMS"}
    assert all(f"`{path}`" in table for path in there)
    spans = re.findall(r"`([^`\n]+)`", guide)
    assert len(re.findall("`", guide)) == 2 * len(spans), "no span is broken, nor goes over lines"
    told = {word for span in spans for word in span.split()}
    for path in there:
        assert any(fnmatch.fnmatchcase(path, word) for word in told), path
    # What looks like a file of ours is one.
    folders = {path.split("/")[0] for path in there if "/" in path}
    for word in told:
        if word.split("/")[0] in folders and "/" in word:
            assert any(fnmatch.fnmatchcase(path, word) for path in there), word
    sections = re.split(r"^### ", guide, flags=re.M)[1:]
    assert len(sections) > 20
    for section in sections:
        lines = [line for line in section.splitlines() if line.startswith("* *")]
        for step in ("* *Verify*: ", "* *Remove*: "):
            assert sum(line.startswith(step) for line in lines) == 1, (step, section)
        # Where one root is named, so is the other.
        for of_each in (SHA1, [f"{stem}.cer" for stem in STEMS], [f"{stem}.pem" for stem in STEMS],
                        [f"android/{stem}.crt" for stem in STEMS]):  # fmt: skip
            named = [one for one in of_each if re.search(rf"[` ]{re.escape(one)}[` ]", section)]
            assert named in ([], of_each), (named, section)
    for sha1, sha256 in zip(SHA1, SHA256):
        assert sha1 in whole and re.sub("(..)(?=.)", r"\1:", sha256) in whole
    # The words of a shell are words of a shell, whatever an organisation is called.
    for span in spans:
        if re.match(r"openssl |certutil |security |keytool |sudo |kubectl |gpupdate ", span):
            shlex.split(span)


def notice(picture, *wanted):
    from PIL import Image
    import zxingcpp

    (code,) = zxingcpp.read_barcodes(Image.open(picture))
    assert code.format == zxingcpp.BarcodeFormat.QRCode and code.text.split("\n") == list(wanted), code.text
    said = text("notice.html")
    found = "".join(re.findall(r"<span>([0-9A-F:]+)</span>", said)).replace(":", "")
    assert found == "".join(SHA256)
    assert all(re.sub("(..)(?=.)", r"\1:", sha1) in said for sha1 in SHA1)
    run("xmllint", "--html", "--noout", "--nowarning", str(KIT / "notice.html"))


def keys(*files):
    """No octets of these private keys stand in any file, in any of the ways in which people write octets."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    secrets = []
    for file in files:
        key = load_pem_private_key(Path(file).read_bytes(), None)
        numbers = key.private_numbers()
        found = [numbers.private_value] if isinstance(key, ec.EllipticCurvePrivateKey) else [
            numbers.p, numbers.q, numbers.d]  # fmt: skip
        secrets += [one.to_bytes((one.bit_length() + 7) // 8) for one in found]
    assert secrets

    def forms(secret):
        yield secret
        yield secret[::-1]
        plain = secret.hex()
        for one in (plain, ",".join(re.findall("..", plain)), ":".join(re.findall("..", plain))):
            yield from (one.encode(), one.upper().encode())
        for shift in range(3):
            encoded = base64.b64encode(bytes(shift) + secret)
            # The letters that the neighbours of the secret have no part in.
            encoded = encoded[(0, 2, 3)[shift] :].rstrip(b"=")[:-2]
            yield from (encoded, encoded.translate(bytes.maketrans(b"+/", b"-_")))

    needles = [one for secret in secrets for form in forms(secret)
               for one in (form, form.decode("latin-1").encode("utf-16-le"))]  # fmt: skip

    def views(octets):
        yield octets
        # Without the folds of lines; and what base 64 in it holds.
        tight = re.sub(rb"[\s\\\0\"']|\xff\xfe", b"", octets)
        yield tight
        for run_of in re.findall(rb"[A-Za-z0-9+/]{40,}", tight):
            yield base64.b64decode(run_of[: len(run_of) // 4 * 4])

    def holds(octets):
        return any(needle in view for view in views(octets) for needle in needles)

    for path in KIT.rglob("*"):
        if path.is_file():
            octets = path.read_bytes()
            assert not holds(octets), path
            assert b"PRIVATE KEY" not in octets and "PRIVATE KEY".encode("utf-16-le") not in octets, path
    # The search finds what it looks for, at any place in it.
    for secret in secrets:
        for lead in (b"", b"1", b"12"):
            assert holds(lead + secret) and holds(base64.b64encode(lead + secret))
            folded = re.sub(rb"(.{20})", rb"\1\r\n ", base64.b64encode(b"4" + lead + secret + b"567"))
            assert holds(b"X: " + folded), folded
        assert holds(secret.hex(":").encode("utf-16-le"))


if __name__ == "__main__":
    globals()[CHECK](*sys.argv[CUT + 1 :])
