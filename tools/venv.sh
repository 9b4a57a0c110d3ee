#!/bin/sh
# venv.sh DIRECTORY EXTRA: makes the virtual environment if there is none, and installs sage-tui into it.
# One clear line when Python is too old, or has no venv.
set -eu
directory=$1
extra=$2

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
        if new_enough "$name"; then
            echo "$name"
            return 0
        fi
    done
    return 1
}

if ! [ -x "$directory/bin/python" ] || ! new_enough "$directory/bin/python"; then
    if ! python=$(find_python); then
        found=$("${PYTHON:-python3}" --version 2>/dev/null || echo "no python3")
        echo "error: sage-tui needs Python 3.11 or newer, found $found: install one, or name it: make PYTHON=/path/to/python3.12" >&2
        exit 1
    fi
    if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        echo "error: $python has no venv: install it (Debian, Ubuntu: apt install python3-venv), then try again" >&2
        exit 1
    fi
    echo "making $directory with $("$python" --version)" >&2
    "$python" -m venv --clear "$directory"
fi

what=.
if [ -n "$extra" ]; then what=".[$extra]"; fi
echo "installing sage-tui${extra:+ with its $extra tools} into $directory (about 20 seconds)" >&2
if ! "$directory/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e "$what"; then
    echo "error: pip could not install the packages: see its lines above, and try again when the network is there" >&2
    exit 1
fi
