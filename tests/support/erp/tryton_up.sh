#!/usr/bin/env bash
# tryton_up.sh DIR: a Tryton 6.0 of Debian's packages on a free port of 127.0.0.1, with PostgreSQL on a
# socket, everything kept in DIR; each start has the database as it was made. DIR/env says where it
# is; where it cannot be had, DIR/skip says why and the exit code is 77.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
bash "$here/tryton_down.sh" "$dir"
rm -f "$dir/env" "$dir/skip"
. "$here/server.sh"
trap 'exit 130' INT TERM
need_packages tryton-server python3-psycopg2 postgresql-15 uwsgi-core uwsgi-plugin-python3 \
  tryton-modules-product tryton-modules-product-attribute tryton-modules-product-classification \
  tryton-modules-product-measurements

# --- PostgreSQL
choose_pg_folder tryton
socket=$(mktemp -d /tmp/gantry-tryton.XXXXXX)
echo "$socket" > "$dir/socket.path"
own_by_postgres "$socket"
cmp -s "$here/tryton_up.sh" "$dir/made" || make_cluster tryton
start_cluster -c listen_addresses= -c unix_socket_directories="$socket" -c max_connections=60
sql() { $bin/psql -q -h "$socket" -U tryton "$@" > /dev/null; }

# --- Tryton
# Probed and free a moment ago; Tryton says when it is not.
port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
password=Tryton-Test-1
( umask 077
  echo "$password" > "$dir/password"
  cat > "$dir/trytond.conf" <<CONF
[database]
uri = postgresql://tryton@${socket//\//%2F}
[password]
passlib = $dir/passlib.ini
[web]
listen = 127.0.0.1:$port
CONF
  # Passwords that are public need no 300 ms for each sign-in.
  cat > "$dir/passlib.ini" <<CONF
[passlib]
schemes = pbkdf2_sha512
pbkdf2_sha512__rounds = 1000
CONF
)
export HOME=$dir PYTHONDONTWRITEBYTECODE=1
if ! cmp -s "$here/tryton_up.sh" "$dir/made"; then
  $bin/createdb -h "$socket" -U tryton made
  admin() {
    TRYTONPASSFILE=$dir/password /usr/bin/python3 -W ignore /usr/bin/trytond-admin -c "$dir/trytond.conf" \
      -d made --activate-dependencies --email admin@example.invalid -u "$@" >> "$dir/admin.log" 2>&1 </dev/null
  }
  # Without statistics nested loops over the catalogue take 200 ms each.
  PGOPTIONS="-c enable_nestloop=off" admin ir res
  sql -d made -c 'vacuum analyze'
  admin product product_attribute product_classification product_measurements
  sql -d made -c 'vacuum analyze'
  cp "$here/tryton_up.sh" "$dir/made"
fi
$bin/dropdb -h "$socket" -U tryton --if-exists shop 2>/dev/null
$bin/createdb -h "$socket" -U tryton -T made shop
# http-socket closes each connection, and says so here; http11-socket keeps them, also where it is
# asked to close.
cat > "$dir/uwsgi.ini" <<CONF
[uwsgi]
plugins = python3
http-socket = 127.0.0.1:$port
add-header = Connection: close
socket-timeout = 30
buffer-size = 65536
env = TRYTOND_CONFIG=$dir/trytond.conf
env = TRYTOND_DATABASE_NAMES=shop
wsgi = trytond.application:app
master = true
processes = 1
threads = 16
die-on-term = true
reload-mercy = 5
worker-reload-mercy = 5
disable-logging = true
CONF
setsid uwsgi --ini "$dir/uwsgi.ini" --pidfile "$dir/server.pid" > "$dir/server.log" 2>&1 </dev/null &
URL=http://127.0.0.1:$port PASSWORD=$password /usr/bin/python3 "$here/tryton_setup.py" > "$dir/env.new"
mv "$dir/env.new" "$dir/env"
