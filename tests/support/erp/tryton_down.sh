#!/usr/bin/env bash
# tryton_down.sh DIR: stops what tryton_up.sh started in DIR, also in an earlier run that was cut off.
set -u
[ -d "${1:-}" ] || exit 0
dir=$(cd "$1" && pwd -P)
. "$(dirname "$0")/server.sh"
stop_server "$dir/uwsgi.ini"
stop_cluster
if socket=$(cat "$dir/socket.path" 2>/dev/null); then
  case $socket in /tmp/gantry-tryton.*) rm -rf "$socket" ;; esac
  rm -f "$dir/socket.path"
fi
exit 0
