#!/bin/sh
# Makes .venv-ogx, the environment of the OGX server the tests in this folder talk to; with the name
# of another folder, such as `litellm`, that one's. Such a server does not go together with what this
# project needs, not even with its Python, so it cannot live in the project's own environment.
# Without such a Python this succeeds all the same: the tests are then skipped with that reason.
set -eu

name=${1:-ogx}
tests=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
here=$tests/$name
venv=${tests%/tests}/.venv-$name
lock=$here/requirements.lock
stamp=$venv/installed.lock # a copy of the lock, written last: an interrupted run leaves none

if cmp -s "$lock" "$stamp" && "$venv/bin/python" -c '' 2>/dev/null; then
    echo "$name: .venv-$name is up to date"
    exit 0
fi
rm -rf -- "$venv"

# Each candidate is really run: a pyenv shim can be on the PATH for a Python that is not selected.
set -- "${OGX_PYTHON:-}" python3.14 python3.13 python3.12 python3
if root=$(pyenv root 2>/dev/null); then
    set -- "$@" "$root"/versions/*/bin/python
fi
python=
for candidate in "$@"; do
    if "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' \
        >/dev/null 2>&1; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    echo "$name: no Python 3.12 or newer found (set OGX_PYTHON to one); its tests will be skipped"
    exit 0
fi

trap 'rm -rf -- "$venv"' EXIT
trap 'exit 130' HUP INT TERM
"$python" -m venv "$venv"
echo "*" >"$venv/.gitignore"
if ! "$venv/bin/python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: \
    -r "$lock" >"$venv/install.log" 2>&1; then
    echo "$name: the installation failed:" >&2
    tail -n 20 "$venv/install.log" >&2
    exit 1
fi
cp -- "$lock" "$stamp.part"
mv -- "$stamp.part" "$stamp"
trap - EXIT
echo "$name: .venv-$name made with $("$venv/bin/python" --version)"
