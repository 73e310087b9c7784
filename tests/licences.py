"""Every dependency comes from the public registry, under a licence on the list below.

`cargo metadata` tells both; a new licence or source is a decision, so it fails until it is added.
"""

import json
import re
import subprocess
import sys

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
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"{len(packages)} dependencies, {len(problems)} problems")
    return 1 if problems or not packages else 0


if __name__ == "__main__":
    sys.exit(main())
