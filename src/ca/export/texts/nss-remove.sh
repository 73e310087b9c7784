#!/bin/sh
# Removes the roots of @ORGANISATION@ from the databases of Chromium and Firefox of this user.
# Needs certutil: Debian and Ubuntu libnss3-tools, Red Hat and SUSE nss-tools, Arch nss.
set -eu

command -v certutil >/dev/null 2>&1 || {
    echo "certutil is missing: install libnss3-tools, nss-tools or nss." >&2
    exit 1
}

databases() {
    for database in "$HOME/.pki/nssdb" "$HOME"/snap/*/current/.pki/nssdb \
        "$HOME"/.mozilla/firefox/*/ "$HOME"/snap/firefox/common/.mozilla/firefox/*/ \
        "$HOME"/.var/app/org.mozilla.firefox/.mozilla/firefox/*/; do
        if [ -e "$database/cert9.db" ]; then
            printf '%s\n' "${database%/}"
        fi
    done
}

# One line of base 64 for each certificate.
octets() {
    awk '/-----BEGIN/ { line = ""; next } /-----END/ { print line; next } { line = line $1 }'
}

scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
certificate() {
    octets >>"$scratch/ours"
    printf '%s\n' "$2" >>"$scratch/names"
}

@CERTIFICATES@

sort -u "$scratch/names" | while IFS= read -r name; do
    databases | while IFS= read -r database; do
        certutil -L -d "sql:$database" -n "$name" -a 2>/dev/null | tr -d '\r' | octets >"$scratch/found"
        # certutil takes away by name, which roots of others may have as well.
        if grep -q -v -x -F -f "$scratch/ours" "$scratch/found"; then
            if grep -q -x -F -f "$scratch/ours" "$scratch/found"; then
                echo "still there, since others have its name: $name ($database)." \
                    "Take it away in the settings of the browser, among the authorities." >&2
            fi
            continue
        fi
        while read -r _; do
            certutil -D -d "sql:$database" -n "$name"
            echo "removed: $name ($database)"
        done <"$scratch/found"
    done
done
