#!/usr/bin/env bash
# new_test.sh SDK GANTRY CXX: what `gantry new plugin` writes builds, passes its own test, and does in
# a host what its README says.
set -euo pipefail
sdk=$1 gantry=$2 cxx=$3
folder=$(mktemp -d)
system=
trap '[ -z "$system" ] || { kill "$system"; wait "$system"; } 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

passed=0
pass() { passed=$((passed + 1)); echo "passed: $1"; }
fail() { echo "FAILED: $1" >&2; echo "1 failed" >&2; exit 1; }
# quietly WHAT COMMAND …: its output only when it fails.
quietly() {
  local what=$1
  shift
  "$@" >log 2>&1 || { cat log >&2; fail "$what"; }
}

# Where find_package(gantry) finds the SDK.
prefix=$folder/prefix
mkdir -p "$prefix/lib/cmake/gantry"
echo "add_subdirectory(\"$sdk\" gantry-sdk)" >"$prefix/lib/cmake/gantry/gantry-config.cmake"

# refused WHAT ARGUMENT …: exit code 2, nothing on stdout, and WHAT on stderr.
refused() {
  local what=$1 code=0
  shift
  "$gantry" new plugin "$@" >out 2>err || code=$?
  [ $code -eq 2 ] && [ ! -s out ] && grep -qF -- "$what" err || { cat out err >&2; fail "gantry new plugin $*: $code"; }
}
for name in Acme 1st acme_erp ../up a.b "" "$(printf 'a%.0s' {1..65})"; do
  refused "found the name \"$name\"; expected" "$name"
done
refused 'found "gantry.tax/1"' some --interface gantry.tax/1
[ -z "$(ls | grep -vE '^(prefix|out|err)$')" ] || fail "a refused command wrote: $(ls)"
mkdir full && echo mine >full/README.md
refused "full is there and not empty" some --into full
[ "$(cat full/README.md)" = mine ] && [ "$(ls -A full)" = README.md ] || fail "something was written to full"
refused "is a file" some --into full/README.md
pass "a bad name, another interface and a folder in use are refused, and nothing is written"

"$gantry" new plugin tea-shop --into step >files 2>/dev/null || fail "new plugin tea-shop"
"$gantry" new plugin my-erp --interface gantry.erp/1 >>files 2>/dev/null || fail "new plugin my-erp"
[ "$(sort files)" = "$(find step my-erp -type f | sort)" ] || fail "other files than it says: $(cat files)"
if grep -rnE 'acme[-_]erp|AcmeErp|WORKFLOW|SUMMARY' step my-erp; then fail "a name of the template is left"; fi
for file in step/{src,test}/tea_shop*.cpp my-erp/workflows/change-title.json; do
  [ -f "$file" ] || fail "there is no $file"
done
pass "both projects are written under their own names"

for project in step my-erp; do
  quietly "configure $project" cmake -S $project -B $project/build -G Ninja \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$cxx" -DCMAKE_CXX_FLAGS="-Wall -Wextra"
  quietly "build $project" cmake --build $project/build
  if grep -q warning: log; then cat log >&2; fail "warnings in $project"; fi
  quietly "the unit test of $project" ctest --test-dir $project/build -R unit --output-on-failure
  grep -q '100% tests passed' log || fail "no test of $project ran"
done
pass "both build without warnings and pass their own tests"

# try PROJECT WORKFLOW: against the stand-in, as the project's README has it.
try() {
  local code=0
  cd "$1"
  PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  export PORT
  python3 contract/fake_system.py &
  system=$!
  curl -fsS --retry 100 --retry-delay 0 --retry-max-time 30 --retry-connrefused \
    "http://127.0.0.1:$PORT/health" >/dev/null 2>&1 || fail "the stand-in of $1 does not start"
  sed -i "s/:8181/:$PORT/" gantry.json
  quietly "the configuration of $1" "$gantry" config check
  "$gantry" run "$2" --input '{"id": "prod_check_1", "title": "Changed"}' >out 2>err || { cat err >&2; fail "run $2"; }
  grep -q '"title":"Changed"' out || fail "run $2: $(cat out)"
  "$gantry" run "$2" --input '{"id": "prod_check_1", "title": "A title that has more than forty characters"}' \
    >out 2>err || code=$?
  [ $code -eq 3 ] && grep -q 'at most 40' out err || { cat out err >&2; fail "a refused title: $code"; }
  kill $system
  wait $system 2>/dev/null || true
  system=
  cd ..
}
try step rename-product
try my-erp change-title
pass "both do in a host what their README says"
echo "$passed passed, 0 failed"
