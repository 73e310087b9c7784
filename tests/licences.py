"""Every dependency comes from the public registry, under a licence on the list below, is not withdrawn
by its authors, and is no older than what mended a flaw that is on the list below.

`cargo metadata` tells the first two; a new licence or source is a decision, so it fails until it is added.
The database of advisories cannot be had where CI runs; what stands in `MENDED` is kept by hand, from a
comparison of all locked packages with it.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ALLOWED = {
    "0BSD", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "BSD-1-Clause", "BSD-2-Clause",
    "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "ISC", "MIT", "MIT-0", "MPL-2.0", "OpenSSL",
    "Unicode-3.0", "Unlicense", "Zlib", "CDLA-Permissive-2.0",
}
# Crates that are unmaintained or known to be unfit, with the reason.
BANNED = {
    "openssl-sys": "one TLS library only: aws-lc",
    "ring": "one cryptographic library only: aws-lc",
    "rustls-pemfile": "unmaintained; `rustls::pki_types::pem` reads PEM",
    "trust-dns-resolver": "renamed to hickory-resolver",
}
# Advisories since 2023 about what the lock files name: the version that mended the last of them, and what they
# were. COMPARED is how far the database (rustsec/advisory-db) had come when all locked packages were compared with it.
COMPARED = "2026-10-09"
MENDED = {
    "aes-gcm": ("0.10.3", "RUSTSEC-2023-0096: what failed its check is shown"),
    "anyhow": ("1.0.103", "RUSTSEC-2026-0190: an unsound downcast"),
    "aws-lc-sys": ("0.39.0", "RUSTSEC-2026-0044 to 0048: constraints, signatures and revocation are bypassed"),
    "bytes": ("1.11.1", "RUSTSEC-2026-0007: an overflow in `reserve`"),
    "crossbeam-channel": ("0.5.15", "RUSTSEC-2025-0024: memory is freed twice"),
    "crossbeam-epoch": ("0.9.20", "RUSTSEC-2026-0204: a pointer that is not valid is followed"),
    "cryptoki": ("0.12.1", "RUSTSEC-2026-0286: reads beyond an attribute"),
    "h2": ("0.4.16", "RUSTSEC-2024-0003, 2024-0332, 2026-0258: floods of resets, CONTINUATION and empty DATA"),
    "hickory-net": ("0.26.1", "RUSTSEC-2026-0120: a proof that takes forever"),
    "hickory-proto": (
        "0.26.1",
        "RUSTSEC-2025-0006, 2026-0118, 2026-0119: DNSSEC is believed without a chain; quadratic time",
    ),
    "idna": ("1.0.0", "RUSTSEC-2024-0421: two texts mean one host"),
    "lru": ("0.18.2", "RUSTSEC-2026-0002, 2026-0253: an unsound iterator, and use after free"),
    "lz4_flex": ("0.12.1", "RUSTSEC-2026-0041: memory leaks into what is unpacked"),
    "quick-xml": ("0.41.0", "RUSTSEC-2026-0194, 0195: quadratic time, and memory without a bound"),
    "quinn-proto": (
        "0.11.18",
        "RUSTSEC-2026-0037, 0185 and what has no number yet: panics, and memory without a bound",
    ),
    "rand": ("0.8.6", "RUSTSEC-2026-0097: unsound with some logs"),
    "ring": ("0.17.12", "RUSTSEC-2025-0009: a panic"),
    "rustls": ("0.23.45", "RUSTSEC-2024-0336, 2024-0399, 2026-0285: an endless loop, a panic, messages of another key"),
    "rustls-webpki": ("0.103.13", "RUSTSEC-2026-0049, 0098, 0099, 0104: constraints, and a panic by a list"),
    "self_cell": ("1.0.2", "RUSTSEC-2023-0070: unsound"),
    "shlex": ("1.3.0", "RUSTSEC-2024-0006: characters that are not quoted"),
    "slab": ("0.4.11", "RUSTSEC-2025-0047: reads beyond what is initialised"),
    "time": ("0.3.47", "RUSTSEC-2026-0009: the stack overflows"),
    "tokio": ("1.44.2", "RUSTSEC-2025-0023: an unsound channel"),
    "tracing": ("0.1.40", "RUSTSEC-2023-0078: use after free"),
    "tracing-subscriber": ("0.3.20", "RUSTSEC-2025-0055: control characters reach the log"),
    "zerocopy": ("0.7.31", "RUSTSEC-2023-0074: unsound"),
    "zerovec": ("0.10.4", "RUSTSEC-2024-0347: unsound"),
    "zerovec-derive": ("0.10.3", "RUSTSEC-2024-0346: unsound"),
}
LOCKS = ("Cargo.lock", "fuzz/Cargo.lock")
# A version that its authors have withdrawn, so that the search for such is known to find some.
WITHDRAWN = ("unicode-ident", "1.0.21")
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def satisfied(expression: str) -> bool:
    """Whether an SPDX expression can be met from ALLOWED."""
    tokens = re.findall(r"\(|\)|\bAND\b|\bOR\b|[A-Za-z0-9.\-+]+(?: WITH [A-Za-z0-9.\-]+)?",
                        expression.replace("/", " OR "))
    words = [
        {"(": "(", ")": ")", "AND": "and", "OR": "or"}.get(token, str(token in ALLOWED))
        for token in tokens
    ]
    return bool(eval(" ".join(words), {"__builtins__": {}}, {"True": True, "False": False}))


def cargo(*words: str) -> str:
    return subprocess.run(("cargo", *words), check=True, capture_output=True, text=True).stdout


def locked() -> set[tuple[str, str]]:
    """The name and version of every package from the registry, the fuzz targets' among them."""
    found = set()
    for lock in LOCKS:
        packages = tomllib.loads(pathlib.Path(lock).read_text())["package"]
        found |= {(one["name"], one["version"]) for one in packages if "source" in one}
    return found


def withdrawn(packages: set[tuple[str, str]]) -> str | None:
    """What Cargo says when one of these versions was withdrawn (yanked): without a lock that names it,
    it takes no such version, not even when asked for exactly that one."""
    lines = ["[package]", 'name = "scratch"', 'edition = "2024"', "[dependencies]"]
    for number, (name, version) in enumerate(sorted(packages)):
        exact = f'package = "{name}", version = "={version}", default-features = false'
        lines.append(f"one{number} = {{ {exact} }}")
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "src").mkdir()
        pathlib.Path(folder, "src/lib.rs").touch()
        manifest = pathlib.Path(folder, "Cargo.toml")
        manifest.write_text("\n".join(lines))
        words = ("cargo", "generate-lockfile", "--manifest-path", str(manifest))
        ran = subprocess.run(words, capture_output=True, text=True)
        return None if ran.returncode == 0 else ran.stderr.strip()


def outdated(packages: set[tuple[str, str]]) -> list[str]:
    """Those that are older than what mended a known flaw."""
    def number(version: str) -> list[int]:
        return [int(part) for part in re.split(r"[-+]", version)[0].split(".")]
    return [
        f"{name} {version}: update to {MENDED[name][0]} or later, {MENDED[name][1]}"
        for name, version in sorted(packages)
        if name in MENDED and number(version) < number(MENDED[name][0])
    ]


def main() -> int:
    metadata = json.loads(cargo("metadata", "--locked", "--format-version", "1"))
    # `cargo metadata` also names what is optional and off; `cargo tree` names what is built.
    tree = cargo("tree", "--locked", "--prefix", "none", "--format", "{p}", "--edges", "all")
    built = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    packages = [
        package for package in metadata["packages"]
        if package["source"] and (package["name"], f"v{package['version']}") in built
    ]
    problems = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        if package["source"] != REGISTRY:
            problems.append(f"{name}: comes from {package['source']}, not from crates.io")
        if package["name"] in BANNED:
            problems.append(f"{name}: {BANNED[package['name']]}")
        licence = package["license"]
        if not licence:
            problems.append(f"{name}: names no licence")
        elif not satisfied(licence):
            problems.append(f"{name}: licence {licence} is not on the list")
    everything = locked()
    problems += outdated(everything)
    if said := withdrawn(everything):
        problems.append(f"a version is withdrawn, or Cargo cannot look:\n{said}")
    if "is yanked" not in (withdrawn({WITHDRAWN}) or ""):
        problems.append(f"{' '.join(WITHDRAWN)} is not found to be withdrawn: repair the search")
    if missing := MENDED.keys() - {name for name, _ in everything}:
        problems.append(f"these are no dependencies any more, take them out of MENDED: {missing}")
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(packages)} dependencies, {len(problems)} problems; advisories up to {COMPARED}")
    return 1 if problems or not packages else 0


if __name__ == "__main__":
    sys.exit(main())
