#!/usr/bin/env bash
# install_test.sh BUILD REPOSITORY PREFIX: installs into an empty folder, which then becomes PREFIX, for the
# tests that use what is installed. They only read it.
set -euo pipefail
build=$1 repository=$2 prefix=$3
folder=$(mktemp -d)
trap 'rm -rf "$folder" "$prefix.new"' EXIT
cd "$folder"

. "$repository/tests/support/passed.sh"

rm -rf "$prefix" "$prefix.new"
# The SDK needs no host.
quietly "install the SDK" cmake --install "$build" --prefix "$prefix.new" --component sdk
[ ! -e "$prefix.new/bin" ] && [ ! -e "$prefix.new/lib/gantry" ] || fail "the SDK brings the host along"
quietly "configure a plugin" cmake -S "$repository/tests/contract/package/stranger" -B plugin -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix.new" -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
pass "the SDK is installed alone"

quietly "install the host" cmake --install "$build" --prefix "$prefix.new" --component host
for file in bin/gantry lib/gantry/plugins/{product,erp-ledger,update-product-erp}.so \
  lib/cmake/gantry/gantry-host-targets.cmake share/doc/gantry-{host,sdk}/README.md \
  share/gantry/mappings/sap-v4.json share/doc/gantry-host/plugins/{,mapping/,erp-odata/}README.md; do
  [ -f "$prefix.new/$file" ] || fail "$file is not installed"
done
! readelf -d "$prefix.new"/bin/gantry "$prefix.new"/lib/gantry/plugins/*.so | grep -E 'R(UN)?PATH' ||
  fail "an installed file names a folder where it was built"
! grep -nE '`(host|sdk|plugins|tests)/[a-zA-Z./-]*`' -r "$prefix.new"/share/doc --include=*.md ||
  fail "an installed page names a file of the repository"
while IFS=: read -r page link; do
  [ -e "$(dirname "$page")/${link%%#*}" ] || fail "$page links to $link, which is not installed"
done < <(grep -roE '\]\([^) ]+\)' "$prefix.new"/share/doc --include=*.md | sed -e 's/\](//' -e 's/)$//' | grep -vE ':(https?:|#)')
pass "each link of an installed page leads to an installed file"

# Wherever the folder is moved to, all is found.
mv "$prefix.new" "$prefix"
pass "the host is installed"

for words in --help "check --help" "new --help" "new plugin --help"; do
  # shellcheck disable=SC2086 # words
  "$prefix/bin/gantry" $words >help
  for page in gantry-host/README.md gantry-sdk/README.md gantry-sdk/ERP.md; do
    grep -qF "$(realpath "$prefix")/share/doc/$page" help || { cat help >&2; fail "gantry $words does not name $page"; }
  done
done
pass "help names the installed pages"

echo '{"store": "memory:", "modules": {"product": {"plugin": "product", "options": {"database": "sqlite:product.db"}}}}' >gantry.json
quietly "a plugin of the package by its id" "$prefix/bin/gantry" config check
mkdir mine
cp "$prefix/lib/gantry/plugins/product.so" mine
sed -i 's/{/{"plugin_path": ["mine"], /' gantry.json
"$prefix/bin/gantry" config check >out 2>&1 || fail "config check: $(cat out)"
grep -qE '"?used"?[=:]"?[^ "]*/mine/product\.so' out || fail "another product.so is used: $(cat out)"
pass "plugins of the package are found without a plugin_path, after those of one"
echo "$passed passed, 0 failed"
