#!/bin/sh
# Make .venv and install the locked requirements into it. Needs Python 3.11 or newer, nothing else.
# Debian splits pip and venv off Python; where both are missing they are fetched with apt (as root) or named.
set -eu
cd "$(dirname "$0")/.."

# Debian's own interpreter first: one that another user's tool installed may be closed to the database's user.
PYTHON="${PYTHON:-}"
if [ -z "$PYTHON" ]; then
  for candidate in /usr/bin/python3.11 python3.11 python3.12 python3.13 python3; do
    if command -v "$candidate" >/dev/null 2>&1; then PYTHON="$candidate"; break; fi
  done
fi
"$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "laotie needs Python 3.11 or newer; found $("$PYTHON" --version)." >&2; exit 1; }

mkdir -p .state
uv="$PWD/.state/uv/bin/uv"
if command -v uv >/dev/null 2>&1; then
  uv=$(command -v uv)
elif [ ! -x "$uv" ]; then
  if ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
      apt-get update -qq && apt-get install -y -qq python3-pip
    else
      echo "Python has no pip. Install it first: apt-get install python3-pip" >&2; exit 1
    fi
  fi
  "$PYTHON" -m pip install --quiet --target .state/uv uv
fi

[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$PYTHON" .venv
"$uv" pip sync --quiet --python .venv/bin/python requirements.lock
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
