#!/usr/bin/env bash
# constants_test.sh CC INCLUDE: every enumerator and every macro of the C headers is in
# constants.golden, with its value.
# constants_test.sh CC INCLUDE write: writes that file.
set -euo pipefail
cc=$1 include=$2
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
headers=("$include"/gantry/*.h)

# The program prints enumerators and numbers by their value; other macros are their text.
{
  for header in "${headers[@]}"; do echo "#include <gantry/$(basename "$header")>"; done
  echo '#include <stdio.h>'
  echo '#define SHOW(n) printf("%s = %lld\n", #n, (long long)(n));'
  echo 'int main(void) {'
  cat "${headers[@]}" | sed -z 's|/\*[^*]*\*\+\([^/*][^*]*\*\+\)*/||g' | tr '\n' ' ' |
    grep -o 'enum {[^}]*}' | tr '{},' '\n' | sed -n 's/^ *\(GANTRY_[A-Z_0-9]*\).*/SHOW(\1)/p'
  sed -n 's/^#define \(GANTRY_[A-Z_0-9]*\) \((1u <<\|[0-9]\|UINT64_C\).*/SHOW(\1)/p' "${headers[@]}"
  echo 'return 0; }'
} >"$folder/constants.c"
"$cc" -std=c11 -I"$include" "$folder/constants.c" -o "$folder/constants"
{
  "$folder/constants"
  "$cc" -std=c11 -I"$include" -E -dM "$folder/constants.c" | sed -n -e 's/ *$//' -e 's/^#define \(GANTRY_\)/\1/p' |
    LC_ALL=C sort
} >"$folder/constants.golden"

if [ "${3:-}" = write ]; then
  cp "$folder/constants.golden" "$here"
  exit
fi
diff "$here/constants.golden" "$folder/constants.golden" || {
  echo "FAILED: constants are others than in constants.golden; see sdk/ADDING-TO-THE-ABI.md" >&2
  exit 1
}
echo "$(wc -l <"$here/constants.golden") constants and macros, as they were"
