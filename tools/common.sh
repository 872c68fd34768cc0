# Shared by the scripts in this folder, which source it. Not a program.
# shellcheck shell=bash disable=SC2034

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# Where HOME is not set (cron, some containers), the account's home; pip and ccache use it too.
[[ -n "${HOME:-}" ]] || HOME="$(getent passwd "$EUID" | cut -d: -f6 || true)"
export HOME
cache="${LOCKSTEP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lockstep}"

say() { printf '==> %s\n' "$*" >&2; }
warn() { printf 'warning: %s\n' "$*" >&2; }

# die CODE MESSAGE...: says what is wrong and what to do, and ends the script.
die() {
  local code="$1"
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$code"
}

# The memory limits, in bytes, of the container or batch job that this process is in, and of what that is in; `max` where
# a group has none. Both of Linux's control-group versions: version 2 has no controller's name in its line.
memory_limits() {
  local controllers path group
  while IFS=: read -r _ controllers path; do
    group="$path/"
    while [[ "$group" == */* ]]; do
      group="${group%/*}"
      case "$controllers" in
        "") cat "/sys/fs/cgroup$group/memory.max" ;;
        memory) cat "/sys/fs/cgroup/memory$group/memory.limit_in_bytes" ;;
      esac
    done
  done </proc/self/cgroup 2>/dev/null || true
}

# How many compilers to run: one per core, but at most one for each 2 GiB of memory that is free and allowed (a file
# that includes LibTorch takes more than 1 GiB to compile). LOCKSTEP_JOBS overrides.
parallel_jobs() {
  local by_memory
  by_memory="$({ awk '/^MemAvailable:/ {printf "%.0f\n", $2 * 1024}' /proc/meminfo && memory_limits; } |
    awk '/^[0-9]+$/ && (!n++ || $1 < least) {least = $1} END {print int(least / 2 ^ 31)}')"
  if [[ -n "${LOCKSTEP_JOBS:-}" ]]; then
    echo "$LOCKSTEP_JOBS"
  elif ((by_memory < 1)); then
    echo 1
  elif ((by_memory < $(nproc))); then
    echo "$by_memory"
  else
    nproc
  fi
}

# as_root COMMAND...: runs it as root, through sudo where that is needed. Fails where neither is possible.
as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [[ -t 0 ]] && sudo true; }; }; then
    sudo "$@"
  else
    return 1
  fi
}

# with_lock FILE FUNCTION: one process at a time, among all that share the file.
with_lock() {
  local file="$1" fd
  exec {fd}>"$file"
  if ! flock --nonblock "$fd"; then
    say "another set-up is running ($file); waiting for it"
    flock "$fd"
  fi
  "$2"
  exec {fd}>&-
}

# install_packages WHY PACKAGE...: installs Debian packages; where that is not possible, prints the exact list to ask
# for and ends the script with 2.
install_packages() {
  local why="$1"
  shift
  say "Debian packages for $why: $*"
  command -v apt-get >/dev/null ||
    die 2 "these libraries and tools are missing, and this is not a Debian system (no apt-get). Debian calls them: $*
Install your system's own, or load its modules; point CMAKE_PREFIX_PATH at libraries in unusual places; then run this again."
  as_root true ||
    die 2 "not root, and sudo does not work here. Ask whoever administers this machine for:
    apt-get install $*
or put these libraries where CMake finds them (modules, spack, conda; CMAKE_PREFIX_PATH). Then run this again."
  # A fresh image has no package lists, and those of an old machine name versions that are gone: fetch them where the
  # first attempt fails.
  apt_install "$@" || { as_root apt-get update -qq && apt_install "$@"; } ||
    die 2 "apt-get could not install: $*
Its own message is above. Is the network there, and are Debian's 'main' sources enabled?"
}

apt_install() {
  # `env`, because sudo drops the caller's environment.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=600 "$@" >"$(apt_log)" 2>&1 || { tail -n 5 "$(apt_log)" >&2; return 1; }
}

apt_log() {
  mkdir -p "$cache"
  echo "$cache/apt.log"
}

# What shows that this machine is meant for CUDA; empty where nothing does.
cuda_sign() {
  if command -v nvcc; then
    :
  elif [[ -e "${CUDA_HOME:-/usr/local/cuda}/include/cuda_runtime_api.h" ]]; then
    echo "${CUDA_HOME:-/usr/local/cuda}"
  elif [[ -e /proc/driver/nvidia/version ]]; then
    echo "the NVIDIA driver"
  fi
}
