#!/bin/sh
# Installs the roots of @ORGANISATION@ into the store of a Java installation, which an update of it may
# overwrite. Run as the owner of that installation, with JAVA_HOME set or keytool on the path.
set -eu

keytool=${JAVA_HOME:+$JAVA_HOME/bin/}keytool
command -v "$keytool" >/dev/null 2>&1 || {
    echo "keytool is missing: set JAVA_HOME to a Java installation." >&2
    exit 1
}

# Java 8 does not know -cacerts.
store="-cacerts"
if [ -n "${JAVA_HOME:-}" ] && [ -e "$JAVA_HOME/jre/lib/security/cacerts" ]; then
    store="-keystore $JAVA_HOME/jre/lib/security/cacerts"
fi

certificate() {
    # shellcheck disable=SC2086 # two words on purpose
    if "$keytool" -list $store -storepass @PASSWORD@ -alias "$1" >/dev/null 2>&1; then
        echo "there already: $1"
    else
        # shellcheck disable=SC2086
        "$keytool" -importcert -noprompt -trustcacerts $store -storepass @PASSWORD@ -alias "$1"
    fi
}

@CERTIFICATES@
