#!/usr/bin/env bash
# Prepares a checkout: system packages (through apt when root), .venv, the package and its tools.
# A second call finds everything in place and does nothing. Called by `make setup`.
set -euo pipefail
cd "$(dirname "$0")/.."

VENV=.venv
STAMP=$VENV/.smartboot-setup

say() { printf 'setup: %s\n' "$*" >&2; }

# A Python of 3.11 or newer that can make virtual environments.
usable_python() {
  "$1" - <<'PY' >/dev/null 2>&1
import ensurepip, sys, venv
sys.exit(sys.version_info < (3, 11))
PY
}
find_python() {
  local candidate
  for candidate in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
    if command -v "$candidate" >/dev/null 2>&1 && usable_python "$candidate"; then
      echo "$candidate"
      return 0
    fi
  done
  return 1
}
has_headers() {
  "$1" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))' 2>/dev/null
}
have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }

# What the build of pyscard needs, and what the tests and the emulator use beside it.
missing_build() {
  local python
  if python=$(find_python); then
    has_headers "$python" || echo python3-dev
  else
    echo python3 python3-venv python3-dev
  fi
  have gcc || echo gcc libc6-dev
  have pkg-config || echo pkg-config
  { have pkg-config && pkg-config --exists libpcsclite; } || echo libpcsclite-dev
}
missing_tools() {
  have pcscd || echo pcscd
  compgen -G '/usr/lib/pcsc/drivers/serial/libifdvpcd.so*' >/dev/null || echo vsmartcard-vpcd
  have opensc-tool || echo opensc
  have xml2wbxml || echo libwbxml2-utils
  have tshark || echo tshark
  have pcsc_scan || echo pcsc-tools
  have openssl || echo openssl
}

install_packages() {
  local packages=("$@")
  say "installing system packages: ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  local options=(-y -q --no-install-recommends)
  if ! apt-get install "${options[@]}" "${packages[@]}" >/dev/null 2>&1; then
    apt-get update -q >/dev/null
    apt-get install "${options[@]}" "${packages[@]}" >/dev/null
  fi
}

mapfile -t build < <(missing_build | tr ' ' '\n')
mapfile -t tools < <(missing_tools)
if [ ${#build[@]} -gt 0 ] || [ ${#tools[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    install_packages "${build[@]}" "${tools[@]}"
  else
    say "missing system packages: ${build[*]} ${tools[*]}"
    say "install them with: sudo apt-get install -y ${build[*]} ${tools[*]}"
    if [ ${#build[@]} -gt 0 ] && [ ! -x $VENV/bin/smartboot ]; then
      say "stopped: the PC/SC binding cannot be built without ${build[*]}"
      exit 1
    fi
    say "going on without them: tests that need them are skipped"
  fi
fi

python=$(find_python) || { say "no Python 3.11 or newer with venv; set PYTHON to one"; exit 1; }
want=$({ "$python" -V; pwd; cat pyproject.toml constraints.txt; } | cksum)
if [ -x $VENV/bin/smartboot ] && [ "$(cat $STAMP 2>/dev/null)" = "$want" ]; then
  exit 0
fi
if [ ! -x $VENV/bin/python ] || ! usable_python $VENV/bin/python; then
  say "making $VENV with $("$python" -V)"
  "$python" -m venv --clear $VENV
fi
say "installing smartboot and its tools into $VENV"
PIP_CONSTRAINT=$PWD/constraints.txt PIP_DISABLE_PIP_VERSION_CHECK=1 \
  $VENV/bin/python -m pip install --quiet -e '.[dev,modem]'
printf '%s\n' "$want" > $STAMP
say "done: $VENV/bin/smartboot --help"
