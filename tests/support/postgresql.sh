#!/usr/bin/env bash
# postgresql.sh COMMAND …: runs it with GANTRY_TEST_POSTGRESQL, the URL of an empty database of a server of its own, in a
# folder of its own and on a Unix socket, which ends with it. Exit code 77: there is no PostgreSQL here.
set -euo pipefail
server=$(echo /usr/lib/postgresql/*/bin)
server=${server##* }
[ -x "$server/initdb" ] || { echo "no PostgreSQL server is installed (Debian's postgresql)" >&2; exit 77; }
folder=$(mktemp -d)
as_server=()
if [ "$(id -u)" -eq 0 ]; then  # the server refuses root
  chown postgres "$folder"
  as_server=(runuser -u postgres --)
fi
stop() {
  "${as_server[@]}" "$server/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
cd "$folder"
"${as_server[@]}" "$server/initdb" -D "$folder/data" -U gantry -A trust -E UTF8 --locale=C --no-sync >log 2>&1 ||
  { cat log >&2; exit 1; }
"${as_server[@]}" "$server/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w \
  -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c fsync=off" start >log 2>&1 ||
  { cat log "$folder/data/log" >&2; exit 1; }
chmod 755 "$folder"
GANTRY_TEST_POSTGRESQL="postgres://gantry@/postgres?host=${folder//\//%2F}" "$@"
