#!/usr/bin/env bash
# Hosts on one machine, for trials of several: each has its own network, host name, processes, /tmp, /dev/shm and /run,
# and sees the same files otherwise, as a cluster does. Nothing outlives the command, and nothing of the machine changes.
# Usage, as root: tests/hosts/lab.sh HOSTS DIRECTORY COMMAND [ARGUMENT...]
#
# COMMAND runs on the host `head`, whose address is 10.77.0.254, with LAB set to DIRECTORY. The others are n1, n2, ...:
#   lab_on n1 COMMAND...    runs COMMAND there
#   lab_unplug n1           its link goes down: no packet comes or leaves, no connection is closed
#   lab_plug n1             its link is up again
#   lab_power_off n1        as a power cut does: first the link, then every process
#   lab_power_on n1         starts it again, with an empty /tmp
# Paths under /tmp that all hosts must see are named in LAB_SHARES, with colons between them.
set -euo pipefail
lab_script="$(realpath "${BASH_SOURCE[0]}")"
lab_folder="$(dirname "$lab_script")"

lab_missing() { # what this machine lacks, or nothing
  [[ "$(id -u)" == 0 ]] || { echo "this needs root" && return; }
  command -v ip >/dev/null || { echo "this needs the command ip (Debian: iproute2)" && return; }
  unshare -m -n -p -u -f --mount-proc true 2>/dev/null || { echo "this needs the right to make namespaces" && return; }
  unshare -n ip link add lab type bridge 2>/dev/null || { echo "this needs network bridges from the kernel" && return; }
  unshare -n ip link add lab type veth 2>/dev/null || { echo "this needs veth pairs from the kernel" && return; }
  unshare -m "$lab_script" --add-tools 2>/dev/null || { echo "this needs overlay mounts from the kernel" && return; }
}

# What fetch_tools.sh has brought, laid over /usr.
lab_add_tools() {
  local tools
  tools="$("$lab_folder/fetch_tools.sh" --folder)"
  [[ ! -d "$tools" ]] || mount -t overlay overlay -o "lowerdir=$tools:/usr" /usr
}

# The user that sshd drops to, where it is not installed.
lab_add_user() {
  ! getent passwd sshd >/dev/null || return 0
  { cat /etc/passwd && echo "sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin"; } >"$LAB/passwd"
  mount --bind "$LAB/passwd" /etc/passwd
}

# The part of a host that is the same for head: what is its own in a file system that others see.
lab_own_folders() {
  local shared=() keep i
  IFS=: read -r -a keep <<<"$LAB_SHARES"
  mkdir -p /mnt && mount -t tmpfs tmpfs /mnt
  for i in "${!keep[@]}"; do
    mkdir "/mnt/$i" && mount --bind "${keep[$i]}" "/mnt/$i" && shared+=("$i")
  done
  for folder in /tmp /dev/shm /run; do mount -t tmpfs -o mode=1777 tmpfs "$folder"; done
  for i in "${shared[@]}"; do
    [[ "${keep[$i]}" == /tmp/* ]] || continue
    mkdir -p "${keep[$i]}" && mount --bind "/mnt/$i" "${keep[$i]}"
  done
  mkdir -p /run/sshd
  mount --bind "$LAB/hosts" /etc/hosts
}

lab_pid() { cat "$LAB/$1.pid"; }
lab_on() {
  local host="$1"
  shift
  nsenter -t "$(lab_pid "$host")" -m -n -p -u -- "$@"
}
lab_unplug() { ip link set "to-$1" down; }
lab_plug() { ip link set "to-$1" up; }

lab_power_on() {
  local host="$1" pid
  rm -f "$LAB/$host.up"
  unshare -m -n -p -u -f --mount-proc --propagation private -- "$lab_script" --host "$host" &>"$LAB/$host.log" &
  echo $! >"$LAB/$host.shell"
  # The host's first process is the child of unshare.
  for _ in $(seq 100); do
    pid="$(pgrep -P "$(cat "$LAB/$host.shell")" || true)"
    [[ -z "$pid" ]] || break
    sleep 0.05
  done
  echo "$pid" >"$LAB/$host.pid"
  ip link add "to-$host" type veth peer name eth0 netns "$pid"
  ip link set "to-$host" master lab up
  for _ in $(seq 100); do
    [[ ! -e "$LAB/$host.up" ]] || return 0
    sleep 0.05
  done
  echo "lab: $host does not come up" >&2
  return 1
}

lab_power_off() {
  lab_unplug "$1"
  kill -KILL "$(lab_pid "$1")"
  ip link delete "to-$1" 2>/dev/null || true
}

# The first process of a host: waits for its cable, and then for the end.
lab_host() {
  hostname "$1"
  lab_own_folders
  until ip link show eth0 >/dev/null 2>&1; do sleep 0.05; done
  ip link set lo up
  ip address add "10.77.0.${1#n}/24" dev eth0
  ip link set eth0 up
  touch "$LAB/$1.up"
  trap : TERM
  while :; do sleep 3600 & wait $! || true; done
}

lab_head() {
  local hosts="$1" i
  shift
  hostname head
  lab_add_tools
  lab_add_user
  lab_own_folders
  ip link set lo up
  ip link add lab type bridge
  ip address add 10.77.0.254/24 dev lab
  ip link set lab up
  for i in $(seq "$hosts"); do lab_power_on "n$i"; done
  # shellcheck disable=SC2163  # the names are those of the functions
  for name in lab_on lab_pid lab_unplug lab_plug lab_power_on lab_power_off; do export -f "$name"; done
  export lab_script
  "$@"
}

case "${1:-}" in
  --missing) lab_missing ;;
  --add-tools) lab_add_tools ;;
  --host) lab_host "$2" ;;
  --head) lab_head "${@:2}" ;;
  *)
    (($# >= 3)) || { sed -n '2,4p' "$lab_script" >&2 && exit 2; }
    missing="$(lab_missing)"
    [[ -z "$missing" ]] || { echo "lab.sh: $missing" >&2 && exit 77; }
    mkdir -p "$2"
    LAB="$(realpath "$2")"
    LAB_SHARES="$LAB:$(realpath "$lab_folder/../..")${LAB_SHARES:+:$LAB_SHARES}"
    cache="$("$lab_folder/fetch_tools.sh" --folder)" && cache="${cache%/lab-tools/usr}" # LibTorch is there too
    [[ ! -d "$cache" ]] || LAB_SHARES+=":$(realpath "$cache")"
    export LAB LAB_SHARES
    { echo "127.0.0.1 localhost" && echo "10.77.0.254 head"; } >"$LAB/hosts"
    for i in $(seq "$1"); do echo "10.77.0.$i n$i" >>"$LAB/hosts"; done
    exec unshare -m -n -p -u -f --mount-proc --kill-child --propagation private -- "$lab_script" --head "$1" "${@:3}"
    ;;
esac
