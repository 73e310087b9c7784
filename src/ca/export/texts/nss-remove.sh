#!/bin/sh
# Removes the roots of @ORGANISATION@ from the databases of Chromium and Firefox of this user.
# Needs certutil: Debian and Ubuntu libnss3-tools, Red Hat and SUSE nss-tools, Arch nss.
set -eu

command -v certutil >/dev/null 2>&1 || {
    echo "certutil is missing: install libnss3-tools, nss-tools or nss." >&2
    exit 1
}

# Where blockhouse-ca looks as well. Chromium reads the first of its two folders that is there, and no other.
first() {
    for folder in "$1/.pki/nssdb" "$1/.local/share/pki/nssdb"; do
        if [ -d "$folder" ]; then
            printf '%s\n' "$folder"
            return
        fi
    done
}

databases() {
    {
        first "$HOME"
        for home in "$HOME"/snap/*/current "$HOME"/snap/*/common "$HOME"/.var/app/* "$HOME"/.var/app/*/data; do
            first "$home"
        done
        for folder in "$HOME"/snap/*/data/pki/nssdb "$HOME"/.var/app/*/data/pki/nssdb \
            "$HOME"/.mozilla/firefox/*/ "$HOME"/.config/mozilla/firefox/*/ \
            "$HOME"/snap/firefox/common/.mozilla/firefox/*/ \
            "$HOME"/.var/app/org.mozilla.firefox/.mozilla/firefox/*/; do
            printf '%s\n' "${folder%/}"
        done
    } | while IFS= read -r folder; do
        # `current` of a snap is a link to one of its siblings: each database once, by its real name.
        if [ -e "$folder/cert9.db" ]; then (cd "$folder" && pwd -P); fi
    done | sort -u
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
