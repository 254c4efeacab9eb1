# What the *_up.sh and *_down.sh share. They set `dir`, the server's folder, where it leaves server.pid,
# pg.path, env and skip.

# --- up
skip() { echo "$*" | tee "$dir/skip" >&2; exit 77; }

# need_packages PACKAGE …: installs those of Debian's that are missing.
need_packages() {
  command -v dpkg-query >/dev/null || skip "no Debian system: $1 cannot be had"
  local package missing=()
  for package; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || skip "not installed, and only root may: ${missing[*]}"
  # What is installed must start no service of its own.
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  local apt=(apt-get -q -o DPkg::Lock::Timeout=600)
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" > "$dir/apt.log" 2>&1 </dev/null ||
    { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
      > "$dir/apt.log" 2>&1 </dev/null || skip "apt-get could not install ${missing[*]}: see $dir/apt.log"
}

# PostgreSQL, which does not run as root.
bin=/usr/lib/postgresql/15/bin
as_postgres() { if [ "$(id -u)" = 0 ]; then (cd / && runuser -u postgres -- "$@"); else "$@"; fi; }
own_by_postgres() { [ "$(id -u)" != 0 ] || chown postgres: "$1"; }

# choose_pg_folder NAME: sets `data`, a folder that postgres can reach; the same one for the same `dir`.
choose_pg_folder() {
  data=$dir/pg
  if [ "$(id -u)" = 0 ] && ! runuser -u postgres -- test -x "$dir"; then
    data=/var/tmp/gantry-$1-$(printf %s "$dir" | sha256sum | cut -c1-12)
  fi
  echo "$data" > "$dir/pg.path"
}

# make_cluster USER: an empty one in `data`.
make_cluster() {
  rm -rf "$data"
  mkdir -m 700 "$data"
  own_by_postgres "$data"
  as_postgres $bin/initdb -D "$data" -U "$1" -A trust -E UTF8 --locale=C.UTF-8 --no-sync > "$dir/initdb.log"
}

# start_cluster OPTION …: jit: compiling queries like these takes longer than running them. The data
# need outlive no power cut.
start_cluster() {
  as_postgres $bin/pg_ctl -D "$data" -s -w -l "$data/server.log" start \
    -o "$* -c jit=off -c fsync=off" >/dev/null 2>&1 </dev/null
}

# --- down
# stop_server TEXT: ours only, whoever has the number today: it has TEXT in its command line.
stop_server() {
  local pid
  if pid=$(cat "$dir/server.pid" 2>/dev/null) &&
     tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF "$1"; then
    kill -TERM "$pid"
    timeout 15 tail --pid="$pid" -f /dev/null || kill -KILL "$pid"
  fi
  rm -f "$dir/server.pid" "$dir/env"
}

stop_cluster() {
  local data
  if data=$(cat "$dir/pg.path" 2>/dev/null) && [ -f "$data/postmaster.pid" ]; then
    as_postgres $bin/pg_ctl -D "$data" -s -w -m fast stop
  fi
}
