#!/bin/sh
# Removes the roots of @ORGANISATION@ from the keychain of this Mac. Run by an administrator, with sudo; from
# macOS 11 on in a terminal on the Mac's own screen, where it asks for the password.
# What came by a profile goes with the profile: System Settings, General, Device Management.
set -eu

keychain=/Library/Keychains/System.keychain
pem=$(mktemp /tmp/blockhouse.XXXXXX)
trap 'rm -f "$pem"' EXIT

certificate() {
    cat >"$pem"
    if security find-certificate -a -Z "$keychain" | grep -q "$1"; then
        # First the trust: it would stay behind, for whenever the certificate comes again. There may be none.
        security remove-trusted-cert -d "$pem" || true
        security delete-certificate -Z "$1" "$keychain"
        echo "removed: $2"
    else
        echo "not there: $2"
    fi
}

@CERTIFICATES@
