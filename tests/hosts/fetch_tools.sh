#!/usr/bin/env bash
# Fetches Slurm, munge and OpenSSH, as far as they are not installed, from Debian into the cache of tools/setup.sh and
# unpacks them there. Nothing is installed: a lab lays them over its own /usr (lab.sh).
# Usage: fetch_tools.sh                       fetches
#        fetch_tools.sh --folder              the folder to be laid over /usr
#        fetch_tools.sh --missing PROGRAM...  those that are neither there nor installed
set -euo pipefail
# shellcheck source=../../tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/common.sh"
tools="$cache/lab-tools"
packages=(slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge openssh-server openssh-client iproute2)

# The packages and what they need, as far as neither is installed, into the folder of archives.
download() {
  apt-get install -qq -y --no-install-recommends --download-only -o Dir::Cache::archives="$tools/archives" \
    -o DPkg::Lock::Timeout=600 "${packages[@]}" >"$tools/apt.log" 2>&1
}

fetch() {
  local deb folder program
  mkdir -p "$tools/usr" "$tools/unpacked" "$tools/archives/partial"
  download || { apt-get update -qq && download; } || die 2 "apt-get could not fetch them; see $tools/apt.log"
  for deb in "$tools"/archives/*.deb; do
    [[ -e "$deb" && ! -e "$tools/unpacked/${deb##*/}" ]] || continue
    dpkg-deb -x "$deb" "$tools/files"
    touch "$tools/unpacked/${deb##*/}"
  done
  # What an installed package makes of these by update-alternatives.
  for program in "$tools"/files/usr/{bin,sbin}/*-wlm; do
    [[ ! -e "$program" ]] || ln -sf "${program##*/}" "${program%-wlm}"
  done
  # A package may still name /lib, /bin and /sbin, which are links into /usr.
  for folder in lib bin sbin usr; do
    [[ ! -d "$tools/files/$folder" ]] || cp -a "$tools/files/$folder/." "$tools/usr/$([[ $folder == usr ]] || echo "$folder")"
  done
}

case "${1:-}" in
  --folder) echo "$tools/usr" ;;
  --missing)
    for program in "${@:2}"; do
      [[ -x "$tools/usr/bin/$program" || -x "$tools/usr/sbin/$program" || -x "/usr/sbin/$program" ]] ||
        command -v "$program" >/dev/null || echo "$program"
    done
    ;;
  *) with_lock "$(mkdir -p "$tools" && echo "$tools/lock")" fetch ;;
esac
