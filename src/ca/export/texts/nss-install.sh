#!/bin/sh
# Installs the roots of @ORGANISATION@ into the databases of Chromium and Firefox of this user.
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

if [ ! -e "$HOME/.pki/nssdb/cert9.db" ]; then
    mkdir -p "$HOME/.pki/nssdb"
    certutil -N -d "sql:$HOME/.pki/nssdb" --empty-password
fi

certificate() {
    pem=$(mktemp)
    cat >"$pem"
    databases | while IFS= read -r database; do
        # Once more changes nothing, and another root of the same name stays.
        certutil -A -d "sql:$database" -n "$2" -t C,, -i "$pem"
        echo "installed: $2 ($database)"
    done
    rm "$pem"
}

@CERTIFICATES@
