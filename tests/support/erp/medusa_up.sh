#!/usr/bin/env bash
# medusa_up.sh DIR: a Medusa 2.21 that npm brings and Debian's PostgreSQL, on free ports of 127.0.0.1,
# everything kept in DIR; each start has the database as it was made. DIR/env says where it is; where
# it cannot be had, DIR/skip says why and the exit code is 77.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
bash "$here/medusa_down.sh" "$dir"
rm -f "$dir/env" "$dir/skip"
. "$here/server.sh"
trap 'exit 130' INT TERM  # npm answers them as it likes

# --- packages
command -v node >/dev/null && command -v npm >/dev/null || skip "no npm: it brings Medusa"
command -v curl >/dev/null || skip "no curl"
[ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ] || skip "Node is too old for Medusa: $(node -v)"
[ -x $bin/initdb ] || need_packages postgresql-15
app=$dir/app
mkdir -p "$app"
if ! cmp -s "$here/medusa/package.json" "$app/node_modules/.installed"; then
  cp -r "$here/medusa/package.json" "$here/medusa/nothing" "$app/"
  timeout --foreground 400 npm install --prefix "$app" --ignore-scripts --no-audit --no-fund > "$dir/npm.log" 2>&1 </dev/null ||
    skip "npm could not install Medusa: see $dir/npm.log"
  cp "$here/medusa/package.json" "$app/node_modules/.installed"
  rm -f "$dir/made"
fi
cp "$here/medusa/package.json" "$here/medusa/medusa-config.js" "$app/"

# --- PostgreSQL
choose_pg_folder medusa
# Probed and free a moment ago; who takes it says when it is not.
free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }
export PGHOST=127.0.0.1 PGUSER=medusa  # a socket Medusa does not take
PGPORT=$(free_port)
export PGPORT
[ -f "$dir/made" ] || make_cluster medusa
start_cluster -c listen_addresses=$PGHOST -c port="$PGPORT" -c unix_socket_directories=

# --- Medusa
export HOME=$dir NODE_ENV=production MEDUSA_DISABLE_TELEMETRY=1 CI=1
cli=$app/node_modules/@medusajs/cli/cli.js
export DATABASE_URL=postgres://$PGUSER@$PGHOST:$PGPORT/shop?sslmode=disable
key=sk_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
cd "$app"
if [ ! -f "$dir/made" ]; then
  $bin/createdb made
  DATABASE_URL=${DATABASE_URL/shop/made} node "$cli" db:migrate --execute-all-links --skip-scripts --skip-search \
    > "$dir/migrate.log" 2>&1 </dev/null || { tail -n 40 "$dir/migrate.log" >&2; exit 1; }
  node "$here/medusa/key.js" "$key" | $bin/psql -q -d made -v ON_ERROR_STOP=1
  touch "$dir/made"
fi
$bin/dropdb --if-exists shop 2>/dev/null
$bin/createdb -T made shop
port=$(free_port)
setsid node --require "$here/medusa/remember_keys.js" "$cli" start --host 127.0.0.1 --port "$port" \
  > "$dir/server.log" 2>&1 </dev/null &
pid=$!
echo "$pid" > "$dir/server.pid"
admin() { curl -s -f -u "$key:" -H "Content-Type: application/json" "$@"; }
until admin -o /dev/null "http://127.0.0.1:$port/admin/products?limit=1"; do
  kill -0 "$pid" 2>/dev/null || { cat "$dir/server.log" >&2; exit 1; }
  sleep 0.1  # another program gives no signal
done
# A product that the checks of the contract change and put back.
product=$(admin "http://127.0.0.1:$port/admin/products?fields=id" -d '{"title": "Checked",
  "options": [{"title": "Size", "values": ["S", "M"]}], "metadata": {"season": "summer"},
  "images": [{"url": "https://shop.example/1.png"}], "variants": [{"title": "S", "sku": "CHECK-S",
    "options": {"Size": "S"}, "prices": [{"currency_code": "eur", "amount": 19.95}]}]}')
product=${product#*'"id":"'}
cat > "$dir/env.new" <<ENV
URL=http://127.0.0.1:$port
PORT=$port
KEY=$key
BASIC=$(printf '%s:' "$key" | base64 -w 0)
PRODUCT=${product%%'"'*}
ENV
mv "$dir/env.new" "$dir/env"
