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

octets() {
    sed '/-----/d' | tr -d '[:space:]'
}

certificate() {
    wanted=$(octets)
    databases | while IFS= read -r database; do
        # certutil takes away by name, which another root may have as well.
        found=$(certutil -L -d "sql:$database" -n "$2" -a 2>/dev/null | octets)
        case $found in
        "$wanted")
            certutil -D -d "sql:$database" -n "$2"
            echo "removed: $2 ($database)"
            ;;
        *"$wanted"*)
            echo "still there, since others have its name: $2 ($database)." \
                "Take it away in the settings of the browser, among the authorities." >&2
            ;;
        esac
    done
}

@CERTIFICATES@
