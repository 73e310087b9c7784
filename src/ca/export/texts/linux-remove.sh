#!/bin/sh
# Removes the roots of @ORGANISATION@ from the store of this system. Run as root.
set -eu

slugs="@SLUGS@"
for slug in $slugs; do
    for file in \
        "/usr/local/share/ca-certificates/$slug.crt" \
        "/etc/pki/ca-trust/source/anchors/$slug.pem" \
        "/etc/pki/ca-trust/source/$slug.p11-kit" \
        "/etc/ca-certificates/trust-source/anchors/$slug.crt" \
        "/etc/pki/trust/anchors/$slug.pem"; do
        if [ -e "$file" ]; then
            rm "$file"
            echo "removed: $file"
        fi
    done
done
if command -v update-ca-trust >/dev/null 2>&1; then
    update-ca-trust
elif update-ca-certificates --help 2>&1 | grep -q -e --fresh; then
    update-ca-certificates --fresh
else
    update-ca-certificates
fi
