#!/usr/bin/env bash
# The main job on a virtual card: load a card profile, read it back, show the DM server accounts.
set -euo pipefail
cd "$(dirname "$0")/.."

run() {
  printf '\n$ smartboot %s\n' "$*"
  .venv/bin/smartboot "$@"
}
run -r virtual:card_profiles/lwm2m-psk.yaml read
run -r virtual:card_profiles/client-provisioning-w7.yaml read
