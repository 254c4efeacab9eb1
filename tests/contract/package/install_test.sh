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
# Wherever the folder is moved to, all is found.
mv "$prefix.new" "$prefix"
pass "the host is installed"
echo "$passed passed, 0 failed"
