#!/usr/bin/env bash
# diff_test.sh CC INCLUDE: for every released minor m, the types of today's headers, pinned to m, are
# those of v1.m.abi. No suppression: a field more is a difference, too.
# diff_test.sh CC INCLUDE write: writes the file of today's minor, for a release.
set -euo pipefail
cc=$1 include=$2
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "FAILED: $1" >&2; exit 1; }
# probe INCLUDE MINOR: builds probe.so.
probe() {
  "$cc" -std=c11 -g -ffile-prefix-map="$here/=" -shared -fPIC -fvisibility=hidden -I"$1" -DGANTRY_TARGET_MINOR="$2" \
    "$here/probe.c" -o "$folder/probe.so"
}
differs() { ! abidiff --no-default-suppression --no-architecture "$@" "$folder/probe.so" >"$folder/said"; }

if [ "${3:-}" = write ]; then
  minor=$(sed -n 's/^#define GANTRY_ABI_MINOR \([0-9]*\).*/\1/p' "$include/gantry/abi.h")
  probe "$include" "$minor"
  abidw --no-corpus-path --no-comp-dir-path --no-show-locs "$folder/probe.so" >"$here/v1.$minor.abi"
  echo "wrote $here/v1.$minor.abi"
  exit
fi

[ -f "$here/v1.0.abi" ] || fail "there is no v1.0.abi"
for file in "$here"/v1.*.abi; do
  minor=$(basename "$file" .abi)
  minor=${minor#v1.}
  probe "$include" "$minor"
  if differs "$file"; then
    cat "$folder/said" >&2
    fail "the ABI is another than minor $minor was released with; see sdk/ADDING-TO-THE-ABI.md"
  fi
done
for struct in $(sed -n 's/^typedef struct \(gantry_[a-z_]*\) {/\1/p' "$include"/gantry/*.h); do
  grep -q "<class-decl name='$struct'" "$file" || fail "$struct is in no released type; add it to probe.c"
done

# What must be noticed: a member more, a member of another type, two in the other order.
mkdir "$folder/gantry"
noticed() {  # WHAT SED-SCRIPT
  cp "$include"/gantry/{abi,http,skip}.h "$folder/gantry"
  sed -i -e 's/^\(#define GANTRY_STATIC_ASSERT(c, m)\).*/\1/' -e "$2" "$folder"/gantry/*.h
  probe "$folder" 0
  differs "$here/v1.0.abi" || fail "abidiff does not notice $1"
}
noticed "a member more" 's/^} gantry_error;/    uint64_t added;\n&/'
noticed "a member of another type" 's/^    uint32_t retry_after_ms;/    int32_t retry_after_ms;/'
noticed "two members in another order" \
  's/^    gantry_str workflow; .*/    gantry_str run_id;/; t; s/^    gantry_str run_id; .*/    gantry_str workflow;/'
noticed "an argument more" 's/\(\* heartbeat)(\)/\1int more, /'
noticed "an extension that is another" 's/^    uint32_t timeout_ms;/    uint64_t timeout_ms;/'
echo "the types are those of $(cd "$here" && echo v1.*.abi)"
