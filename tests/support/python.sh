#!/bin/sh
# Makes the virtual environment target/python once, from the pinned requirements, and prints its
# path. A second run with the same requirements does nothing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=$here/../../target/python
mkdir -p "$here/../../target"
# Two test processes may come at once; one makes it, the other waits.
exec 9>"$venv.lock"
flock 9
if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv" || { echo 'install the Debian package python3-venv' >&2; exit 1; }
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt" >&2
    cp "$here/requirements.txt" "$venv/requirements.txt"
fi
cd "$venv" && pwd
