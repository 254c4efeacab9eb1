#!/usr/bin/env bash
# package_test.sh BUILD REPOSITORY PREFIX: builds and runs somebody's plugins against PREFIX only, where
# install_test.sh has installed all, and looks into the Debian packages.
set -euo pipefail
build=$1 repository=$2 prefix=$3
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

. "$repository/tests/support/passed.sh"

cp -r "$here/stranger" "$here/plain.c" .
configure() {  # CC CXX
  quietly "configure with $1" cmake -S stranger -B "build-$1" -G Ninja --log-level=STATUS \
    -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF \
    -DCMAKE_C_COMPILER="$1" -DCMAKE_CXX_COMPILER="$2"
}

export PATH="$prefix/bin:$PATH"
check() {  # PLUGINS
  cat >gantry.json <<TEXT
{"store": "sqlite:data-$1/gantry.db", "plugin_path": ["$1", "$prefix/lib/gantry/plugins"],
 "modules": {
   "scales": {"plugin": "stranger", "options": {"unit": "kg"}},
   "product": {"plugin": "product", "options": {"database": "sqlite:data-$1/product.db"}},
   "erp": {"plugin": "erp-ledger", "options": {"database": "sqlite:data-$1/erp.db"}},
   "catalog": {"plugin": "update-product-erp"}},
 "workflows": ["stranger/ship.json"]}
TEXT
  gantry run ship --input '{"product": "Mug"}' >out 2>err || { cat err >&2; fail "run of $1"; }
  [ "$(cat out)" = '{"label":"Mug (kg)","weight":8}' ] || fail "run of $1: $(cat out)"
}
for compilers in "gcc g++" "clang clang++"; do
  # shellcheck disable=SC2086 # two words
  configure $compilers
  cc=${compilers% *}
  quietly "build with $cc" cmake --build "build-$cc" --verbose
  ! grep -rhoaE "$repository/[[:alnum:]._/-]*" "build-$cc" | grep -vE "^$prefix(/|$)" ||
    fail "the plugin built with $cc knows the checkout $repository"
  check "build-$cc"
  pass "a plugin built with $cc against the installed SDK runs in the installed host"
done

# A plugin of ours that reads the interfaces.
quietly "configure update-product-erp" cmake -S "$repository/plugins/update-product-erp" -B build-own \
  -G Ninja -DCMAKE_PREFIX_PATH="$prefix"
quietly "build update-product-erp" cmake --build build-own
pass "a plugin of this repository builds alone"

# Another major version is refused, and said so.
sed -i 's/find_package(gantry 1.0/find_package(gantry 2.0/' stranger/CMakeLists.txt
if cmake -S stranger -B build-2 -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >log 2>&1; then
  fail "version 2.0 is taken to be there"
fi
grep -q 'requested version "2.0"' log || { cat log >&2; fail "the refusal of version 2.0"; }
pass "find_package refuses another major version"

# A plugin in C, without CMake.
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
abi=$(sed -n 's/^#define GANTRY_ABI_M[A-Z]* \([0-9]*\).*/\1/p' "$repository/sdk/include/gantry/abi.h" | paste -sd.)
[ "$(pkg-config --modversion gantry)" = "$abi.0" ] || fail "pkg-config: not the ABI's version $abi.0"
[ -f "$(pkg-config --variable=interfacesdir gantry)/erp.v1.json" ] || fail "pkg-config: interfacesdir"
mkdir plain
# shellcheck disable=SC2046 # words
quietly "compile plain.c" gcc -std=c11 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden \
  $(pkg-config --cflags gantry) plain.c -o plain/plain.so
cat >gantry.json <<TEXT
{"store": "memory:", "plugin_path": ["plain"], "modules": {"plain": {"plugin": "plain"}},
 "workflows": ["plain.json"]}
TEXT
echo '{"name": "plain", "steps": [{"step": "plain", "with": {}}], "result": "${ .steps.plain }"}' >plain.json
[ "$(gantry run plain 2>err)" = 1 ] || { cat err >&2; fail "run of plain.so"; }
pass "a plugin in C is built with what pkg-config says"

# The Debian packages, unpacked.
version=$(cat "$repository/VERSION")
quietly "make the packages" cpack --config "$build/CPackConfig.cmake" -B packages
for package in gantry-host gantry-sdk; do
  dpkg-deb --extract packages/${package}_*.deb root
  dpkg-deb --field packages/${package}_*.deb Version Architecture Depends Recommends >$package.control
done
for line in "gantry-host Version: $version" "gantry-host Architecture: $(dpkg --print-architecture)" \
  "gantry-sdk Version: $version" "gantry-sdk Architecture: all" \
  "gantry-sdk Depends: nlohmann-json3-dev (>= 3.11)" "gantry-sdk Recommends: gantry-host, cmake"; do
  grep -qxF "${line#* }" "${line%% *}.control" || fail "$line; not in: $(cat "${line%% *}.control")"
done
for library in libc6 libjq1 libsqlite3-0 libsoci-core4.0 zlib1g; do
  grep -q "^Depends:.*$library " gantry-host.control || fail "gantry-host does not depend on $library"
done
diff <(cd "$prefix" && find . -type f | sort) <(cd root/usr && find . -type f | sort) ||
  fail "the packages hold other files than the installation"
[ "$(root/usr/bin/gantry --version)" = "gantry $version (ABI $abi)" ] ||
  fail "the packaged program is another version: $(root/usr/bin/gantry --version)"
for package in gantry-host gantry-sdk; do
  cmp "$repository/LICENSE" root/usr/share/doc/$package/copyright || fail "$package lacks its licence"
done
pass "the Debian packages hold what is installed and depend on what it needs"
echo "$passed passed, 0 failed"
