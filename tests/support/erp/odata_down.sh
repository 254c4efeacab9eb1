#!/usr/bin/env bash
# odata_down.sh DIR: ends the server that odata_up.sh started there, if it runs.
set -euo pipefail
[ -s "$1/server.pid" ] || exit 0
pid=$(cat "$1/server.pid")
rm -f "$1/server.pid"
# Another process may have the number by now.
tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q '@sap/cds/bin/serve' || exit 0
kill -TERM "$pid" 2>/dev/null || exit 0
for _ in $(seq 50); do
  kill -0 "$pid" 2>/dev/null || exit 0
  sleep 0.1  # it is no child of ours
done
kill -KILL "$pid" 2>/dev/null || true
