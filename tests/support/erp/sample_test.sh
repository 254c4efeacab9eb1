#!/usr/bin/env bash
# sample_test.sh tryton|odata DIR GANTRY PLUGINS: what ./dev run --erp prints does what it says, with
# the server that NAME_up.sh started in DIR.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../../.." && pwd)
[ ! -f "$2/skip" ] || { echo "skipped: $(cat "$2/skip")"; exit 77; }
module=$("$repository/host/sample/erp_module" "$1" "$2")
folder=$(mktemp -d)
sample=
trap '[ -z "$sample" ] || { kill "$sample"; wait "$sample"; } 2>/dev/null || true; rm -rf "$folder"' EXIT
fail() { echo "FAILED: $*" >&2; cat "$folder/out" >&2; exit 1; }

"$repository/host/sample/run" "$3" "$4" "$folder/sample" "$module" >"$folder/out" 2>&1 &
sample=$!
for _ in $(seq 600); do grep -q Ctrl-C "$folder/out" && break; sleep 0.1; done
mapfile -t lines < <(grep -E '^  (curl|/)' "$folder/out")
[ ${#lines[@]} -eq 4 ] || fail "the sample prints ${#lines[@]} commands, expected 4"
update=$(eval "${lines[0]}")
for part in '"title":"Linen Shirt"' '"ignored":[]'; do
  grep -qF "$part" <<<"$update" || fail "the update lacks $part: $update"
done
refusal=$(eval "${lines[1]}")
grep -q '"state":"reverted"' <<<"$refusal" || fail "the refusal: $refusal"
grep -q '"step":"update-erp"' <<<"$refusal" || fail "not the ERP refused: $refusal"
eval "${lines[2]}" 2>/dev/null | grep -q 'update-product: undone' || fail "${lines[2]}"
eval "${lines[3]}" 2>/dev/null | grep -q '"title":"Mug"' || fail "${lines[3]}"
kill -TERM $sample
wait $sample || fail "the sample ended with $?"
sample=
