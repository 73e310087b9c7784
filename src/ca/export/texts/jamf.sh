#!/bin/sh
# Jamf extension attribute: says whether this Mac trusts the root of @ORGANISATION@.
# From macOS 11 on only a profile can make it trusted; up to 10.15 this installs it.
set -eu

pem=$(mktemp -t blockhouse)
trap 'rm -f "$pem"' EXIT
printf '%s\n' @PEM@ >"$pem"

if security verify-cert -c "$pem" -p ssl >/dev/null 2>&1; then
    echo '<result>trusted</result>'
    exit 0
fi
case $(sw_vers -productVersion) in
10.*)
    if security add-trusted-cert -d -r trustRoot -p ssl -p basic \
        -k /Library/Keychains/System.keychain "$pem" >/dev/null 2>&1; then
        echo '<result>trusted</result>'
        exit 0
    fi
    ;;
esac
echo '<result>untrusted</result>'
