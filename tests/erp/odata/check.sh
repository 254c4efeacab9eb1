#!/usr/bin/env bash
# check.sh GANTRY PLUGIN DIR: the contract's checks against the server that odata_up.sh started in DIR.
set -euo pipefail
gantry=$1 plugin=$2 dir=$3
if [ -f "$dir/skipped" ]; then
  echo "skipped: $(cat "$dir/skipped")" >&2
  exit 77
fi
. "$dir/server.env"
sed "s|http://127.0.0.1:8080|$URL|" "$(dirname "$0")/../../../plugins/erp-odata/contract/contract.json" >"$dir/contract.json"
exec "$gantry" check "$plugin" --contract "$dir/contract.json" --level 3
