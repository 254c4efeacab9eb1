#!/usr/bin/env bash
# odata_down.sh DIR: ends the server that odata_up.sh started there, if it runs.
set -u
[ -d "${1:-}" ] || exit 0
dir=$(cd "$1" && pwd -P)
. "$(dirname "$0")/server.sh"
stop_server @sap/cds/bin/serve
exit 0
