#!/usr/bin/env bash
# new_test.sh REPOSITORY PREFIX: what `gantry new plugin` writes builds with nothing but what is in PREFIX, with
# gcc and clang, passes its tests and the contract's checks, and does in a host what its README says.
set -euo pipefail
repository=$1 prefix=$2
folder=$(mktemp -d)
system= host=
trap 'for one in $host $system; do kill "$one"; wait "$one"; done 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

. "$repository/tests/support/passed.sh"
. "$repository/tests/e2e/blocks.sh"

export PATH="$prefix/bin:$PATH"
gantry=gantry

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
[ -z "$(ls | grep -vE '^(out|err)$')" ] || fail "a refused command wrote: $(ls)"
mkdir full && echo mine >full/README.md
refused "full is there and not empty" some --into full
[ "$(cat full/README.md)" = mine ] && [ "$(ls -A full)" = README.md ] || fail "something was written to full"
refused "is a file" some --into full/README.md
# The limit on a file's size stands for a disk that is full.
(trap '' XFSZ; ulimit -f 1; refused "cannot write half/" half)
[ ! -e half ] || fail "half a project was left"
pass "a bad name, another interface and a folder in use are refused, and nothing is written"

# sdk/README.md: from nothing to a checked connector.
block_with "$repository/sdk/README.md" sh "gantry new plugin" >page.sh
mkdir page
export CXXFLAGS="-Wall -Wextra"
quietly "the first commands of sdk/README.md" env CXX=g++ CMAKE_PREFIX_PATH="$prefix" bash -euc 'cd page; . ../page.sh'
grep -q '100% tests passed, 0 tests failed out of 2' log && grep -q ' 0 failed' log ||
  { cat log >&2; fail "the first commands of sdk/README.md"; }
pass "the commands of sdk/README.md lead from nothing to a checked connector"

"$gantry" new plugin tea-shop --into step >files 2>/dev/null || fail "new plugin tea-shop"
"$gantry" new plugin my-erp --interface gantry.erp/1 >>files 2>/dev/null || fail "new plugin my-erp"
[ "$(sort files)" = "$(find step my-erp -type f | sort)" ] || fail "other files than it says: $(cat files)"
if grep -rnE 'acme[-_]erp|AcmeErp|WORKFLOW|SUMMARY' step my-erp; then fail "a name of the template is left"; fi
for file in step/{src,test}/tea_shop*.cpp my-erp/workflows/change-title.json; do
  [ -f "$file" ] || fail "there is no $file"
done
pass "both projects are written under their own names"

# make PROJECT CXX
make() {
  quietly "configure $1" cmake -S $1 -B $1/build -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER=$2
  quietly "build $1 with $2" cmake --build $1/build
  if grep -q warning: log; then cat log >&2; fail "warnings in $1 with $2"; fi
}
make my-erp clang++
make step g++
pass "clang builds the connector, as gcc did, and gcc the step, without warnings"

# Most of their time the checks wait: all at once.
for project in step my-erp; do
  ctest --test-dir $project/build --output-on-failure --verbose >$project.log 2>&1 &
done
wait
for project in step my-erp; do
  grep -q '100% tests passed, 0 tests failed out of 2' $project.log ||
    { cat $project.log >&2; fail "the tests of $project"; }
done
pass "both pass their own tests and keep the contract"

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# serve WORKFLOW: the same in a host that serves.
serve() {
  local code=0 served
  served=$(free_port)
  sed "s/^{/{\"http\": {\"listen\": \"127.0.0.1:$served\"}, /" gantry.json >serve.json
  gantry serve -c serve.json >served.log 2>&1 &
  host=$!
  curl -fsS --retry 100 --retry-delay 0 --retry-max-time 60 --retry-all-errors \
    "http://127.0.0.1:$served/health/ready" >/dev/null 2>&1 || { cat served.log >&2; fail "gantry serve"; }
  gantry run "$1" -c serve.json --input '{"id": "prod_check_1", "title": "Served"}' >out 2>err || { cat err >&2; fail "run $1"; }
  grep -q '"title":"Served"' out || fail "run $1 in a host that serves: $(cat out)"
  kill $host
  wait $host || code=$?
  host=
  [ $code -eq 0 ] || { cat served.log >&2; fail "gantry serve ended with $code"; }
}

# reach TEXT CODE: what `gantry modules` says of the stand-in.
reach() {
  local code=0
  gantry modules --start >out 2>err || code=$?
  [ $code -eq $2 ] && grep -qF "$1" out || { cat out err >&2; fail "gantry modules ended with $code"; }
}

# try PROJECT WORKFLOW: against the stand-in, as the project's README has it.
try() {
  local code=0
  cd "$1"
  PORT=$(free_port)
  export PORT
  python3 contract/fake_system.py &
  system=$!
  curl -fsS --retry 100 --retry-delay 0 --retry-max-time 60 --retry-connrefused \
    "http://127.0.0.1:$PORT/health" >/dev/null 2>&1 || fail "the stand-in of $1 does not start"
  sed -i "s/:8181/:$PORT/" gantry.json
  quietly "the configuration of $1" "$gantry" config check
  "$gantry" run "$2" --input '{"id": "prod_check_1", "title": "Changed"}' >out 2>err || { cat err >&2; fail "run $2"; }
  grep -q '"title":"Changed"' out || fail "run $2: $(cat out)"
  "$gantry" run "$2" --input '{"id": "prod_check_1", "title": "A title that has more than forty characters"}' \
    >out 2>err || code=$?
  [ $code -eq 3 ] && grep -q 'at most 40' out err || { cat out err >&2; fail "a refused title: $code"; }
  serve "$2"
  [ "$1" = step ] || reach "its system is reached, in " 0
  kill $system
  wait $system 2>/dev/null || true
  system=
  [ "$1" = step ] || reach "its system is not reached, after " 1
  cd ..
}
try step rename-product
try my-erp change-title
pass "both do in a host what their README says"
echo "$passed passed, 0 failed"
