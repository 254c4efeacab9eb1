#!/usr/bin/env bash
# odata_up.sh DIR: starts SAP's own OData server (CAP), shaped like S/4HANA's product APIs, on a free
# port of 127.0.0.1 with an empty database. DIR/env then says where and who; where it cannot be
# had, DIR/skip says why and the exit code is 77. What npm gave is kept in DIR for the next time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd -P)
mkdir -p "$1"
dir=$(cd "$1" && pwd -P)
"$here/odata_down.sh" "$dir"
rm -f "$dir/env" "$dir/skip"
. "$here/server.sh"
trap 'exit 130' INT TERM  # npm answers them as it likes

command -v npm >/dev/null || skip "no npm: it brings SAP's OData server"
command -v curl >/dev/null || skip "no curl"

# CAP keeps its data in Node's own SQLite, which Node has from 22.13 on.
install() {  # FOLDER PACKAGE.JSON
  cmp -s "$2" "$1/node_modules/.installed" && return
  mkdir -p "$1"
  cp "$2" "$1/package.json"
  timeout --foreground 90 npm install --prefix "$1" --ignore-scripts --no-audit --no-fund >"$1/npm.log" 2>&1 ||
    skip "npm could not install what $2 names; see $1/npm.log"
  cp "$2" "$1/node_modules/.installed"
}
case $(uname -m) in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) skip "no Node for $(uname -m)" ;;
esac
printf '{"private": true, "dependencies": {"node-linux-%s": "22.23.3"}}\n' "$arch" >"$dir/node.json"
install "$dir/node" "$dir/node.json"
node=$dir/node/node_modules/node-linux-$arch/bin/node
chmod +x "$node"
install "$dir/app" "$here/odata/cap/package.json"

app=$dir/app
rm -rf "$app/db" "$app/srv" "$app"/db.sqlite*
cp -r "$here/odata/cap/server.js" "$here/odata/cap/db" "$here/odata/cap/srv" "$app/"
cd "$app"
export NODE_NO_WARNINGS=1 CDS_ENV=production
"$node" node_modules/@sap/cds/bin/deploy.js >"$dir/deploy.log" 2>&1 || { cat "$dir/deploy.log" >&2; exit 1; }

port=$("$node" -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
PORT=$port setsid "$node" node_modules/@sap/cds/bin/serve.js >"$dir/server.log" 2>&1 </dev/null &
pid=$!
echo "$pid" >"$dir/server.pid"
url=http://127.0.0.1:$port
for _ in $(seq 300); do
  if curl -s -o /dev/null -f -u COMM_USER:Welcome-1 "$url/odata/v4/lab/\$metadata"; then
    printf 'URL=%s\nPORT=%s\nUSER=COMM_USER\nPASSWORD=Welcome-1\n' "$url" "$port" >"$dir/env"
    exit 0
  fi
  kill -0 "$pid" 2>/dev/null || break
  sleep 0.2  # another program gives no signal
done
cat "$dir/server.log" >&2
"$here/odata_down.sh" "$dir"
exit 1
