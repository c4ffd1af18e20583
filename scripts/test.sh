#!/usr/bin/env bash
# The test suite, with its branch coverage by room. As root, where setup has installed everything,
# nothing may be skipped for want of a tool or of the PC/SC stack.
#
#   scripts/test.sh              everything, measured; fails when a guarded room lacks tests
#   scripts/test.sh ARGUMENTS    what these choose for pytest, not measured
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  export SMARTBOOT_REQUIRE_TOOLS=1 SMARTBOOT_REQUIRE_STACK=1
fi
jobs="${SMARTBOOT_TEST_JOBS:-auto}"
if [ "$#" -gt 0 ]; then
  exec .venv/bin/pytest -n "$jobs" "$@"
fi

# Not named .coverage.*: what begins like that is taken for the data of one more worker.
report=.cache/coverage.json
mkdir -p .cache
rm -f "$report"
.venv/bin/pytest -n "$jobs" --cov --cov-report= --cov-report="json:$report"
.venv/bin/python scripts/coverage_rooms.py "$report"
