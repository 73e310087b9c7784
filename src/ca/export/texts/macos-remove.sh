#!/bin/sh
# Removes the roots of @ORGANISATION@ from the keychain of this Mac. Run by an administrator, with sudo.
# What came by a profile goes with the profile: System Settings, General, Device Management.
set -u

thumbprints="@SHA1@"
for sha1 in $thumbprints; do
    if security find-certificate -a -Z /Library/Keychains/System.keychain | grep -q "$sha1"; then
        security delete-certificate -t -Z "$sha1" /Library/Keychains/System.keychain || exit 1
        echo "removed: $sha1"
    else
        echo "not there: $sha1"
    fi
done
