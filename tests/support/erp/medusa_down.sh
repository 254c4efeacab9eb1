#!/usr/bin/env bash
# medusa_down.sh DIR: stops what medusa_up.sh started in DIR, also in an earlier run that was cut off.
set -u
[ -d "${1:-}" ] || exit 0
dir=$(cd "$1" && pwd -P)
. "$(dirname "$0")/server.sh"
stop_server "$dir/app/node_modules"
stop_cluster
exit 0
