#!/bin/sh
# Run the tests on other versions of Python; say which are not on this machine, and go on without them.
#
#   scripts/test_pythons.sh VERSION…        for example: scripts/test_pythons.sh 3.12 3.13
set -eu

cd "$(dirname "$0")/.."

# A name on PATH proves little: a version manager's shim exists for versions that are not selected.
is_python() {
    [ "$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$2" ]
}

find_python() {
    if is_python "python$1" "$1"; then
        echo "python$1"
        return
    fi
    command -v pyenv >/dev/null || return 0
    for release in $(pyenv versions --bare | grep "^ *$1\.[0-9]*$" | sort -t . -k 3 -n -r); do
        candidate="$(pyenv prefix "$release")/bin/python"
        if is_python "$candidate" "$1"; then
            echo "$candidate"
            return
        fi
    done
}

failed=
for version in "$@"; do
    python=$(find_python "$version")
    if [ -z "$python" ]; then
        echo "Python $version: not found, skipped"
        continue
    fi
    echo "Python $version: $python"
    venv=.venvs/$version
    if [ ! -e "$venv/.installed" ] || [ -n "$(find requirements.lock pyproject.toml -newer "$venv/.installed")" ]; then
        scripts/make_venv.sh "$python" "$venv"
    fi
    "$venv/bin/python" -m pytest --numprocesses=auto --dist=worksteal || failed="$failed $version"
done

if [ -n "$failed" ]; then
    echo "Tests failed on Python$failed" >&2
    exit 1
fi
