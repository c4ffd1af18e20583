#!/usr/bin/env bash
# The test suite with every Python that the package is for, one after the other. Each version found
# on PATH gets an environment of its own below .venvs/, with the pinned packages.
#
#   scripts/versions.sh                     what is installed of python3.11, 3.12 and 3.13
#   PYTHONS='python3.12' scripts/versions.sh
#   scripts/versions.sh tests/test_api.py   what these choose for pytest
#
# The system packages are those of `make setup`. Ends with 1 when one version failed, or none is there.
set -uo pipefail
cd "$(dirname "$0")/.."

say() { printf 'versions: %s\n' "$*" >&2; }

# Whether a command is a Python of 3.11 or newer that can make environments. A command of a version
# manager may be there and lead to nothing.
usable() {
  "$1" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

prepare() { # PYTHON FOLDER
  local want
  want=$({ "$1" -V; pwd; cat pyproject.toml constraints.txt; } | cksum)
  [ -x "$2/bin/python" ] && [ "$(cat "$2/.smartboot" 2>/dev/null)" = "$want" ] && return 0
  say "making $2"
  "$1" -m venv --clear "$2" &&
    PIP_CONSTRAINT=$PWD/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
      "$2/bin/python" -m pip install --quiet -e '.[dev,modem]' &&
    printf '%s\n' "$want" > "$2/.smartboot"
}

results=() failed=0
for python in ${PYTHONS:-python3.11 python3.12 python3.13}; do
  if ! usable "$python"; then
    results+=("$python: not here")
    continue
  fi
  folder=.venvs/$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  if ! prepare "$python" "$folder"; then
    results+=("$python: its environment could not be made")
    failed=1
    continue
  fi
  say "$("$folder/bin/python" -V)"
  if "$folder/bin/python" -m pytest -n "${SMARTBOOT_TEST_JOBS:-auto}" "$@"; then
    results+=("$python: passed")
  else
    results+=("$python: FAILED")
    failed=1
  fi
done
for result in "${results[@]}"; do say "$result"; done
case "${results[*]}" in *passed* | *FAILED* | *could*) ;; *) failed=1 ;; esac
exit "$failed"
