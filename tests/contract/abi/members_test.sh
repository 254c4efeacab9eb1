#!/usr/bin/env bash
# members_test.sh CC INCLUDE TOUR: every member of every struct of abi.h is named by the tour. Each is
# renamed in turn, in a copy of the header: the tour must then no longer compile.
set -euo pipefail
cc=$1 include=$2 tour=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/gantry"
copy=$folder/gantry/abi.h

# members HEADER: lines "struct member". A member's name stands before ";", or, of a function, after
# GANTRY_CALL.
members() {
  sed -z 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' "$1" | tr '\n' ' ' | sed -e 's/typedef struct/\n&/g' -e '$a\' |
    sed -n 's/^typedef struct \(gantry_[a-z_]*\) {\([^}]*\)}.*/\1 \2/p' |
    while read -r struct body; do
      tr ';' '\n' <<<"$body" | sed -n -e "s/.*(GANTRY_CALL\* \([a-z_]*\)).*/$struct \1/p" -e t \
        -e "s/.*[ *]\([a-z_]*\) *$/$struct \1/p" | grep -v ' $'
    done
}

compiles() { "$cc" -std=c11 -fsyntax-only -I"$folder" -I"$include" "$tour" 2>"$folder/said"; }

# untouched HEADER [STRUCT]: the members whose new name the tour does not notice.
untouched() {
  local header=$1 only=${2:-gantry_} struct member
  while read -r struct member; do
    # Without its own assertions: they name members, too.
    sed -e "/^typedef struct $struct {/,/^}/ s/\b$member\b/renamed_$member/" \
      -e 's/^\(#define GANTRY_STATIC_ASSERT(c, m)\).*/\1/' "$header" >"$copy"
    ! compiles || echo "$struct.$member"
  done < <(members "$header" | grep "^$only")
}

fail() { echo "FAILED: $1" >&2; exit 1; }

sed 's/^\(#define GANTRY_STATIC_ASSERT(c, m)\).*/\1/' "$include/gantry/abi.h" >"$copy"
compiles || { cat "$folder/said" >&2; fail "the tour does not compile"; }
count=$(members "$include/gantry/abi.h" | wc -l)
structs=$(members "$include/gantry/abi.h" | cut -d' ' -f1 | sort -u | wc -l)
[ "$structs" -eq "$(grep -c '^typedef struct gantry_[a-z_]* {' "$include/gantry/abi.h")" ] ||
  fail "$structs structs are read from abi.h, it has more"
missed=$(untouched "$include/gantry/abi.h")
[ -z "$missed" ] || fail "the tour does not touch: $missed. See sdk/ADDING-TO-THE-ABI.md"

# A member more must be noticed.
sed 's/^} gantry_host;/    gantry_status(GANTRY_CALL* added)(const struct gantry_host* host)\n        GANTRY_NOEXCEPT;\n    uint64_t number; \/* of some kind; or none *\/\n&/' \
  "$include/gantry/abi.h" >"$folder/grown.h"
missed=$(untouched "$folder/grown.h" "gantry_host ")
[ "$missed" = $'gantry_host.added\ngantry_host.number' ] ||
  fail "of a header with two members more it finds missing: ${missed:-nothing}"
echo "$count members of $structs structs, all touched"
