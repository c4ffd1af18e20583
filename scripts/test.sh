#!/usr/bin/env bash
# The test suite. As root, where setup has installed everything, nothing may be skipped for want
# of a tool or of the PC/SC stack.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export SMARTBOOT_REQUIRE_TOOLS=1 SMARTBOOT_REQUIRE_STACK=1
fi
exec .venv/bin/pytest -n "${SMARTBOOT_TEST_JOBS:-auto}" "$@"
