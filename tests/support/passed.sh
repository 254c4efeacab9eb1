# For tests in bash: what passed is counted and said, the first failure ends them.

passed=0
pass() { passed=$((passed + 1)); echo "passed: $1"; }
fail() { echo "FAILED: $1" >&2; echo "1 failed" >&2; exit 1; }
# quietly WHAT COMMAND …: its output, which is in the file log, only when it fails.
quietly() {
  local what=$1
  shift
  "$@" >log 2>&1 || { cat log >&2; fail "$what"; }
}
