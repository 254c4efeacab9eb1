#!/usr/bin/env bash
# pages_test.sh REPOSITORY GANTRY PLUGINS CXX: does what the pages say, with the text of the pages.
set -euo pipefail
repository=$1 gantry=$2 plugins=$3 cxx=$4
folder=$(mktemp -d)
sample=
trap '[ -z "$sample" ] || { kill "$sample"; wait "$sample"; } 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

. "$repository/tests/support/passed.sh"
. "$repository/tests/e2e/blocks.sh"

# make_plugin FOLDER PAGE CPP JSON NAME SOURCE: builds what the page shows.
make_plugin() {
  mkdir -p "$1"
  block "$2" cpp "$3" >"$1/$6"
  block "$2" json "$4" >"$1/plugin.json"
  cat >"$1/CMakeLists.txt" <<TEXT
cmake_minimum_required(VERSION 3.25)
project(page LANGUAGES C CXX)
add_subdirectory($repository/sdk sdk)
gantry_add_plugin($5 SOURCES $6 MANIFEST plugin.json)
TEXT
  cmake -S "$1" -B "$1/build" -G Ninja -DCMAKE_CXX_COMPILER="$cxx" >"$1/log" 2>&1 &&
    cmake --build "$1/build" >>"$1/log" 2>&1 || { cat "$1/log" >&2; fail "$5 does not build"; }
  mkdir -p plugins
  cp "$1/build/$5.so" plugins/
}

# README.md: a plugin in twenty lines.
make_plugin greeter "$repository/README.md" 1 2 greeter greeter.cpp
block "$repository/README.md" json 3 >gantry.json
command=$(block "$repository/README.md" sh 2)
[ "$command" = "gantry run welcome --input '{\"name\": \"Ada\"}'" ] || fail "README's command: $command"
PATH="$(dirname "$gantry"):$PATH"
[ "$(eval "$command" 2>/dev/null)" = '{"said":"Good morning, Ada"}' ] || fail "README's plugin"
pass "the plugin of README.md says what the page says"

# README.md and dev run: the lines that the sample prints.
bash "$repository/host/sample/run" "$gantry" "$plugins" "$folder/sample" >sample.out 2>&1 &
sample=$!
for _ in $(seq 600); do grep -q Ctrl-C sample.out && break; sleep 0.1; done
grep -q Ctrl-C sample.out || { cat sample.out >&2; fail "the sample does not start"; }
mapfile -t lines < <(grep -E '^  (curl|/)' sample.out)
[ ${#lines[@]} -eq 4 ] || fail "the sample prints ${#lines[@]} commands, expected 4"
eval "${lines[0]}" | grep -q '"erpData":{"data":{"title":"Linen Shirt","weight":250}' ||
  fail "the update: ${lines[0]}"
refusal=$(eval "${lines[1]}")
for part in '"message":"title has 46 characters; this ERP takes at most 40"' '"state":"reverted"' \
  '"type":"not_allowed"' '"details":{"field":"title","found":46,"limit":40}'; do
  grep -qF "$part" <<<"$refusal" || fail "the refusal lacks $part: $refusal"
done
eval "${lines[2]}" 2>/dev/null | grep -q 'update-product: undone' || fail "${lines[2]}"
eval "${lines[3]}" 2>/dev/null | grep -q '"title":"Mug"' || fail "${lines[3]}"
kill -TERM $sample
wait $sample || fail "the sample ended with $?"
sample=
pass "the lines that ./dev run prints do what they say"

# host/README.md: its configuration, workflow file and commands.
mkdir -p operator/workflows && cd operator
block "$repository/host/README.md" jsonc 1 |
  sed -e "s|\"plugins\"|\"$plugins\"|" >gantry.json
block "$repository/host/README.md" json 1 >workflows/erp-only.json
"$gantry" config check >/dev/null || fail "the configuration of host/README.md"
"$gantry" run erp-only --input '{"id": "p1", "title": "T"}' 2>/dev/null | grep -qE '^"[0-9a-f]+"$' ||
  fail "the workflow of host/README.md"
while read -r line; do
  eval "$line" >out 2>&1 || { cat out >&2; fail "$line"; }
done < <(block "$repository/plugins/README.md" sh 1; block "$repository/plugins/README.md" sh 3
         block "$repository/plugins/README.md" sh 2)
for line in "gantry modules" "gantry modules --start" "gantry workflows" "gantry runs ls"; do
  $line >out 2>&1 || { cat out >&2; fail "$line"; }
done
while read -r line; do
  eval "$line" >out 2>&1 || { cat out >&2; fail "$line"; }
done < <(block "$repository/host/README.md" sh 1)
block "$repository/host/README.md" json 2 >workflows/launch.json
gantry config check >/dev/null || fail "the workflow launch of host/README.md"
input='{"id": "p2", "title": "Two", "price": 2000, "also": ["p3", "p4"]}'
if gantry run launch --wait 5s --input "$input" >out 2>&1; then fail "launch does not wait"; fi
grep -q 'is waiting' out || { cat out >&2; fail "launch does not wait for its approval"; }
launch=$(gantry runs ls --workflow launch 2>/dev/null | cut -c1-36)
while read -r line; do
  eval "${line/ID/$launch}" >out 2>&1 || { cat out >&2; fail "$line"; }
done < <(block "$repository/host/README.md" sh 2)
grep -q 'approval: got the signal order-approved' out || { cat out >&2; fail "the signal"; }
grep -q '^state   done' out || { cat out >&2; fail "launch does not go on"; }
# Its upgrade, with a run that waits: nothing changes but what the commands do.
if gantry run launch --wait 5s --input "$input" >out 2>&1; then fail "launch does not wait"; fi
for command in "gantry backup before" "gantry config check" "gantry runs cancel --waits-for plugin" "gantry restore before"; do
  while read -r line; do
    eval "$line" >out 2>&1 || { cat out >&2; fail "$line"; }
  done < <(block_with "$repository/host/README.md" sh "$command")
done
grep -q ' resumed  launch' out || { cat out >&2; fail "the run is not resumed after the way back"; }
while read -r line; do
  $line --help >out 2>&1 || { cat out >&2; fail "$line --help"; }
done < <(grep -o 'gantry runs [a-z]\+' "$repository/host/README.md" | sort -u)
for name in $(grep -o 'gantry_[a-z_]\+' "$repository/host/README.md" | sort -u); do
  grep -rqF "\"$name\"" "$repository/host" --include=*.cpp || fail "no metric is named $name"
done
cd ..
pass "the configuration, workflow and commands of host/README.md and plugins/README.md work"

# plugins/README.md: two ERPs in one workflow. plugins/mapping/README.md: its file.
mkdir -p two/workflows && cd two
second='"erp2": {"plugin": "erp-ledger", "options": {"database": "sqlite:data/erp2.db"}}'
sed -e "s|\"catalog\": {|$second,\n    &|" ../operator/gantry.json >gantry.json
block "$repository/plugins/README.md" json 1 >workflows/both.json
gantry call product createProducts --input '{"products": [{"id": "p1", "title": "Shirt"}]}' >out 2>&1 || fail "$(cat out)"
gantry run update-both --input '{"id": "p1", "title": "Linen Shirt"}' >out 2>&1 || fail "update-both: $(cat out)"
for erp in erp erp2; do
  gantry call $erp retrieveProductErpDetails --input '{"id": "p1"}' 2>/dev/null | grep -q '"Linen Shirt"' ||
    fail "update-both did not change $erp"
done
mkdir -p maps
block "$repository/plugins/mapping/README.md" jsonc 1 | sed -e '1s/{/{"entity_set": "Items", "key": "Id", /' >maps/erp.json
cat >mapped.json <<TEXT
{"plugin_path": ["$plugins"], "store": "memory:",
 "modules": {"erp": {"plugin": "erp-odata", "options": {"url": "http://127.0.0.1:1", "user": "u", "password": "p", "mapping": "maps/erp.json"}}}}
TEXT
cd ..
gantry -c two/mapped.json modules --start >out 2>&1 || true
grep -q UNAVAILABLE out || fail "the mapping of plugins/mapping/README.md: $(cat out)"
sed -i 's/"decimal"/"dezimal"/' two/maps/erp.json
gantry -c two/mapped.json modules --start >out 2>&1 && fail "a wrong mapping is not told"
grep -q "$PWD/two/maps/erp.json: mapping.price: found type \"dezimal\"" out || fail "a wrong mapping: $(cat out)"
pass "the workflow of two ERPs and the mapping file work"

# sdk/README.md: the plugins build, load and answer.
make_plugin acme "$repository/sdk/README.md" 1 1 acme-erp acme_erp.cpp
make_plugin stock "$repository/sdk/README.md" 2 3 stock stock.cpp
make_plugin launch "$repository/sdk/README.md" 3 5 launch launch.cpp
make_plugin shop "$repository/sdk/README.md" 4 6 shop-erp shop_erp.cpp
# The page's host configuration, with the module that it adds further down.
block "$repository/sdk/README.md" json 2 |
  sed "s|}}}}$|}}, $(block "$repository/sdk/README.md" json 4 | sed -e 's/^{//' -e 's/}$//')}}|" >gantry.json
while read -r line; do
  eval "$line" >out 2>&1 || { cat out >&2; fail "$line"; }
done < <(block_with "$repository/sdk/README.md" sh "gantry call acme")
grep -q https://acme.example out || fail "gantry call acme describe: $(cat out)"
sed -i 's|"modules": {|"modules": {"launch": {"plugin": "launch"}, "shop": {"plugin": "shop-erp", "options": {"url": "http://127.0.0.1:9", "token": "abc"}, "http": {"proxy": ""}}, |' gantry.json
gantry config check >out 2>&1 || { cat out >&2; fail "the workflows of sdk/README.md"; }
gantry workflows 2>/dev/null | grep -q '^launch' || fail "the workflow launch of sdk/README.md"
diff <(block_with "$repository/sdk/README.md" json '"system": {"command"') "$repository/sdk/template/erp/contract/contract.json" >out ||
  { cat out >&2; fail "the contract.json of sdk/README.md is another than the template's"; }
gantry call shop retrieveProductErpDetails --input '{"id": "p1"}' >out 2>&1 && fail "shop-erp has an answer from nowhere"
grep -q 'GET http://127.0.0.1:9: ' out || { cat out >&2; fail "shop-erp of sdk/README.md sends nothing"; }
pass "the plugins of sdk/README.md build, load and answer"

# sdk/README.md: the test of the plugin stock.
block_with "$repository/sdk/README.md" cpp gantry/testing.hpp >stock/stock_test.cpp
block_with "$repository/sdk/README.md" cmake stock-test >>stock/CMakeLists.txt
{ cmake -S stock -B stock/build && cmake --build stock/build &&
  ctest --test-dir stock/build --output-on-failure; } >out 2>&1 || { cat out >&2; fail "the test of stock"; }
grep -q '100% tests passed' out || fail "no test of stock ran"
pass "the test of sdk/README.md passes"
echo "$passed passed, 0 failed"
