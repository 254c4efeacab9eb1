#!/usr/bin/env bash
# medusa_down.sh DIR: stops what medusa_up.sh started in DIR, also in an earlier run that was cut off.
set -u
[ -d "${1:-}" ] || exit 0
dir=$(cd "$1" && pwd -P)
of() { cat "$dir/$1" 2>/dev/null; }

# Ours only, whoever has the number today: named by its program.
if pid=$(of server.pid) && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "$dir/app/node_modules"; then
  kill -TERM "$pid"
  timeout 10 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
fi
rm -f "$dir/server.pid" "$dir/env"

if data=$(of pg.path) && [ -f "$data/postmaster.pid" ]; then
  stop=(/usr/lib/postgresql/15/bin/pg_ctl -D "$data" -s -w -m fast stop)
  if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "${stop[@]}"); else "${stop[@]}"; fi
fi
exit 0
