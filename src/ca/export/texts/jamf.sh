#!/bin/sh
# Jamf extension attribute: says whether this Mac trusts every root of @ORGANISATION@.
# From macOS 11 on only a profile can make it trusted; up to 10.15 this installs it.
set -eu

pem=$(mktemp /tmp/blockhouse.XXXXXX)
trap 'rm -f "$pem"' EXIT
result=trusted

# -l: the certificate is a CA's, which is refused otherwise; -L: nothing is asked of the network. A profile
# makes it trusted for TLS alone; for that macOS minds how long a certificate lasts, for the other it does not.
trusted() {
    security verify-cert -c "$pem" -p ssl -l -L -q >/dev/null 2>&1 ||
        security verify-cert -c "$pem" -p basic -l -L -q >/dev/null 2>&1
}

certificate() {
    cat >"$pem"
    if trusted; then return; fi
    case $(sw_vers -productVersion) in
    10.*)
        if security add-trusted-cert -d -r trustRoot -p ssl -p basic \
            -k /Library/Keychains/System.keychain "$pem" >/dev/null 2>&1; then
            return
        fi
        ;;
    esac
    result=untrusted
}

@CERTIFICATES@
echo "<result>$result</result>"
