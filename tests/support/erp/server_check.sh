#!/usr/bin/env bash
# server_check.sh DIR GANTRY PLUGIN CONTRACT: `gantry check` of a connector against the server that
# its *_up.sh started in DIR. The contract's $(NAME) are filled in from DIR/env.
set -euo pipefail
[ -f "$1/env" ] || { echo "skipped: $(cat "$1/skip" 2>/dev/null || echo "no server runs")"; exit 77; }
contract=$(mktemp "$1/contract.XXXXXX.json")
trap 'rm -f "$contract"' EXIT
cp "$4" "$contract"
while IFS='=' read -r name value; do
  sed -i "s|\$($name)|$value|g" "$contract"
done < "$1/env"
"$2" check "$3" --contract "$contract" --within 20m
