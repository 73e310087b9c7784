#!/bin/sh
# Installs the roots of @ORGANISATION@ into the store of this system. Run as root.
# Chromium and Firefox keep stores of their own: nss-install.sh, or the policies.
set -eu

if [ -d /etc/pki/ca-trust/source/anchors ]; then # Red Hat, Fedora, Amazon
    folder=/etc/pki/ca-trust/source/anchors ending=pem
    refresh() { update-ca-trust extract; }
elif [ -d /etc/ca-certificates/trust-source/anchors ]; then # Arch
    folder=/etc/ca-certificates/trust-source/anchors ending=crt
    refresh() { update-ca-trust; }
elif [ -d /etc/pki/trust/anchors ]; then # SUSE
    folder=/etc/pki/trust/anchors ending=pem
    refresh() { update-ca-certificates; }
elif command -v update-ca-certificates >/dev/null 2>&1; then # Debian, Ubuntu, Alpine
    folder=/usr/local/share/ca-certificates ending=crt
    refresh() { update-ca-certificates; }
else
    echo "No store of a known kind is here; install the package ca-certificates first." >&2
    exit 1
fi

certificate() {
    mkdir -p "$folder"
    cat >"$folder/$1.$ending"
    chmod 644 "$folder/$1.$ending"
    echo "installed: $2 ($folder/$1.$ending)"
}

@CERTIFICATES@
refresh
