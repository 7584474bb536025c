#!/bin/sh
# Makes .thirdparty, the servers of others that the tests in this folder talk to.
# Without npm this succeeds all the same: those tests are then skipped with that reason.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${here%/tests/thirdparty}/.thirdparty
lock=$here/package-lock.json
stamp=$folder/installed.lock # a copy of the lock, written last: an interrupted run leaves none

if cmp -s "$lock" "$stamp"; then
    echo "thirdparty: .thirdparty is up to date"
    exit 0
fi
rm -rf -- "$folder"
if ! npm --version >/dev/null 2>&1; then
    echo "thirdparty: no npm found; the tests against servers of others will be skipped"
    exit 0
fi

mkdir -- "$folder"
echo "*" >"$folder/.gitignore"
cp -- "$here/package.json" "$lock" "$folder"
# No script of a package is ever run; every package is checked against its hash in the lock.
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund \
    >"$folder/install.log" 2>&1; then
    echo "thirdparty: the installation failed:" >&2
    tail -n 20 "$folder/install.log" >&2
    exit 1
fi
cp -- "$lock" "$stamp.part"
mv -- "$stamp.part" "$stamp"
echo "thirdparty: .thirdparty made with npm $(npm --version 2>/dev/null)"
