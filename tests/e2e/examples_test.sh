#!/usr/bin/env bash
# examples_test.sh EXAMPLES GANTRY PLUGINS: the workflow of plugins/examples, with plugins in C, Rust and C++
# with libc++ in one host.
set -euo pipefail
examples=$1 gantry=$2 plugins=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

passed=0
pass() { passed=$((passed + 1)); echo "passed: $1"; }
fail() { echo "FAILED: $1" >&2; echo "1 failed" >&2; exit 1; }

for file in c-greeter rust-upper cpp-libcxx; do
  symbols=$(nm -D --defined-only "$plugins/$file.so" | awk '{print $3}' | sort | paste -sd' ')
  [ "$symbols" = "gantry_manifest_v1 gantry_plugin_entry_v1" ] || fail "$file.so exports $symbols"
done
needs() { readelf -d "$plugins/$1.so" | grep NEEDED; }
! needs cpp-libcxx | grep -F 'libstdc++' || fail "cpp-libcxx.so asks for the host's C++ library"
! needs c-greeter | grep -F 'c++' || fail "c-greeter.so asks for a C++ library"
pass "each exports two symbols and brings its own language along"

cp "$examples/gantry.json" "$examples/three-hands.json" .
ln -s "$plugins" plugins
mkdir book
export BOOK=$folder/book

"$gantry" run three-hands --input '{"name": "Ada \"\\å\""}' >out 2>err || { cat err >&2; fail "the run"; }
[ "$(cat out)" = '{"size":{"bytes":16,"words":3},"text":"HELLO, ADA \"\\Å\""}' ] || fail "the result: $(cat out)"
[ "$(cat book/*.c)" = '"Hello, Ada \"\\å\""' ] || fail "the page in C: $(cat book/*.c)"
for page in rust cxx; do
  [ "$(cat book/*.$page)" = '"HELLO, ADA \"\\Å\""' ] || fail "the page of $page: $(cat book/*.$page)"
done
pass "a step of each computes, a step of each has its effect"

# show: the story of the run that err names.
show() {
  local run
  run=$(sed -n 's/^gantry: run \([0-9a-f-]*\) is .*/\1/p' err)
  "$gantry" runs show "$run" >out 2>/dev/null || fail "runs show '$run'"
}

rm book/*
long=$(printf 'a%.0s' $(seq 34))
code=0
"$gantry" run three-hands --input "{\"name\": \"$long\"}" >out 2>err || code=$?
[ $code -eq 3 ] || { cat err >&2; fail "a refusal by the last step ends with $code, expected 3"; }
grep -q 'the text has 41 bytes; at most 40 are taken' err || { cat err >&2; fail "the refusal"; }
show
for step in c-sign rust-sign cxx-sign; do
  grep -q "$step: undone" out || { cat out >&2; fail "$step is not undone"; }
done
[ -z "$(ls book)" ] || fail "pages are left: $(ls book)"
pass "a failure at the end undoes what all three did"

mkdir missing && export BOOK=$folder/missing/book
if "$gantry" run three-hands --wait 1s --input '{"name": "Ada"}' >out 2>err; then fail "no book, and no error"; fi
show
grep -q 'No such file or directory' out || { cat out >&2; fail "the error of the plugin in C"; }
pass "an error of the plugin in C arrives"
echo "$passed passed, 0 failed"
