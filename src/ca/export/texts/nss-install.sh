#!/bin/sh
# Installs the roots of @ORGANISATION@ into the databases of Chromium and Firefox of this user.
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

# A folder that Chromium made stays as it is; where there is none, it takes the one that we make.
own=$(first "$HOME")
own=${own:-"$HOME/.pki/nssdb"}
if [ ! -e "$own/cert9.db" ]; then
    mkdir -p "$own"
    certutil -N -d "sql:$own" --empty-password
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
