# For tests of pages: what stands in their fenced blocks. Wants a function fail.

# block FILE LANGUAGE N: the N-th fenced block in that language.
block() {
  awk -v lang="$2" -v want="$3" '
    /^```/ { if (inside) { inside = 0; next } if ($0 == "```" lang) { if (++n == want) inside = 1; next }
             inside = 0; other = !other; next }
    inside' "$1"
}

# block_with FILE LANGUAGE TEXT: the first fenced block in that language that has TEXT.
block_with() {
  local n=1 text
  while text=$(block "$1" "$2" $n) && [ -n "$text" ]; do
    [[ $text == *"$3"* ]] && { echo "$text"; return; }
    n=$((n + 1))
  done
  fail "$1 has no $2 with $3"
}
