#!/bin/sh
# Removes the roots of @ORGANISATION@ from the store of a Java installation.
set -eu

keytool=${JAVA_HOME:+$JAVA_HOME/bin/}keytool
store="-cacerts"
if [ -n "${JAVA_HOME:-}" ] && [ -e "$JAVA_HOME/jre/lib/security/cacerts" ]; then
    store="-keystore $JAVA_HOME/jre/lib/security/cacerts"
fi
aliases="@SLUGS@"
for alias in $aliases; do
    # shellcheck disable=SC2086 # two words on purpose
    if "$keytool" -list $store -storepass @PASSWORD@ -alias "$alias" >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        "$keytool" -delete $store -storepass @PASSWORD@ -alias "$alias"
        echo "removed: $alias"
    else
        echo "not there: $alias"
    fi
done
