#!/bin/sh
# Removes the roots of @ORGANISATION@ from the databases of Chromium and Firefox of this user.
set -eu

names() {
    cat <<'END-OF-NAMES'
@NICKNAMES@
END-OF-NAMES
}

names | while IFS= read -r name; do
    for database in "$HOME/.pki/nssdb" "$HOME"/snap/*/current/.pki/nssdb \
        "$HOME"/.mozilla/firefox/*/ "$HOME"/snap/firefox/common/.mozilla/firefox/*/ \
        "$HOME"/.var/app/org.mozilla.firefox/.mozilla/firefox/*/; do
        if [ -e "$database/cert9.db" ] && certutil -D -d "sql:${database%/}" -n "$name" 2>/dev/null; then
            echo "removed: $name (${database%/})"
        fi
    done
done
