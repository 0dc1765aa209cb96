#!/bin/sh
# Make a virtual environment that holds exactly what requirements.lock names, and this project, editable.
#
#   scripts/make_venv.sh PYTHON DIRECTORY
#
# Ends by touching DIRECTORY/.installed, which is newer than requirements.lock and pyproject.toml
# for as long as there is nothing to do.
set -eu

python=$1
directory=$2
cd "$(dirname "$0")/.."

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or later is needed, and '$python' is not. Name another: make PYTHON=python3.12 …" >&2
    exit 1
}

if ! "$directory/bin/python" -m pip --version >/dev/null 2>&1; then
    echo "Creating $directory with $("$python" --version) …"
    "$python" -m venv --clear "$directory" || {
        echo "'$python' cannot create virtual environments (Debian and Ubuntu: apt install python3-venv)." >&2
        exit 1
    }
fi

echo "Installing packages into $directory (once; a minute or two) …"
pip="$directory/bin/python -m pip --quiet --quiet --disable-pip-version-check"  # twice: errors only
$pip install -r requirements.lock
$pip install --no-deps -e .
touch "$directory/.installed"
