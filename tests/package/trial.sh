#!/usr/bin/env bash
# Tries an archive of tools/package.sh in a bare Debian 12: packs images, trains on two ranks in each way of starting
# them, moves the package and trains again. All digests must be those of the program in the build folder. Not part of
# the test suite: it needs root (chroot and mounts, private to this script), Debian's mirror and a few minutes.
# Usage: tests/package/trial.sh [ARCHIVE]
#   ARCHIVE  the newest of the clone by default. To one without LibTorch it gives that of the build, as
#            docs/installing.md describes.
# Exit codes: 0 all held; 1 something did not; 2 something is missing; 77 skipped, because this is not root.
set -euo pipefail
# shellcheck source=../../tools/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../tools/common.sh"
# shellcheck source=../../tools/staging.sh
source "$root/tools/staging.sh"

((EUID == 0)) || { say "skipped: chroot and mounts need root" && exit 77; }
archive="${1:-}"
[[ -n "$archive" ]] || archive="$(find "$root" -maxdepth 1 -name 'lockstep-*.tar.xz' -printf '%T@\t%p\n' | sort -n |
  tail -n 1 | cut -f 2)"
[[ -f "$archive" ]] || die 2 "no archive; tools/package.sh makes one"
images=/usr/share/datasets/fashion-mnist
missing=()
command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
[[ -d "$images" ]] || missing+=(dataset-fashion-mnist)
((${#missing[@]} == 0)) || install_packages "the trial" "${missing[@]}"
case "$archive" in
  *-cpu*) build="$root/build-cpu" ;;
  *) build="$root/build-gpu" ;;
esac
[[ -x "$build/lockstep" ]] || die 2 "there is no $build/lockstep to compare with"

scratch="$(mktemp -d "${TMPDIR:-/tmp}/lockstep-trial-XXXXXX")"
trap 'rm -rf --one-file-system "$scratch"' EXIT
bare="$scratch/root"

say "a bare Debian 12"
mmdebstrap --quiet --variant=minbase bookworm "$bare"
mkdir -p "$bare/opt" "$bare/images" "$bare/trial" "$bare/wheels"
say "unpacking $archive"
tar -C "$bare/opt" -xf "$archive"
package="/opt/$(ls "$bare/opt")"
[[ -d "$bare$package/bin" ]] || die 1 "the archive has no top folder with bin/"
wheels="$(realpath "$(cache_value "$build" LOCKSTEP_LIBTORCH)/..")"
if [[ ! -e "$bare$package/lib/torch" ]]; then
  say "LibTorch is not inside; linked as lib/torch"
  ln -s /wheels/torch "$bare$package/lib/torch"
fi

# in_bare COMMAND...: in the bare Debian, with an empty environment. The mounts end with the command.
in_bare() {
  # shellcheck disable=SC2016
  unshare --mount --propagation private bash -euc '
    bare="$1" images="$2" wheels="$3"
    shift 3
    mount -t proc proc "$bare/proc"
    mount -t tmpfs tmpfs "$bare/dev/shm"
    mount --rbind /sys "$bare/sys"
    mount --bind "$images" "$bare/images"
    mount --bind "$wheels" "$bare/wheels"
    cd /
    exec chroot "$bare" env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 "$@"
  ' - "$bare" "$images" "$wheels" "$@"
}

digest_of() { sed -n 's/.*"state_digest": *"\([0-9a-f]*\)".*/\1/p'; }

# trained NAME COMMAND...: trains the run /trial/NAME with the command, and notes its digest.
digests="" config_words=(data.pack=/trial/pack train.max_steps=20)
trained() {
  local name="$1" digest
  shift
  say "$name: $*"
  in_bare "$@" "run.dir=/trial/$name"
  digest="$(in_bare "$package/bin/lockstep" eval "/trial/$name" --json | digest_of)"
  [[ -n "$digest" ]] || die 1 "eval printed no digest"
  digests+="$digest $name"$'\n'
}

program="$package/bin/lockstep"
in_bare true
in_bare sh -c '! command -v mpirun && ! ls /usr/lib/x86_64-linux-gnu/libmpi* 2>/dev/null' ||
  die 1 "this Debian has an MPI"
outside="$(in_bare ldd "$program" | grep -v " => $package/" | sed 's/ (.*//' | tr -d '\t')"
say "what the program takes from Debian:" "${outside//$'\n'/; }"
in_bare "$program" --help | head -n 3
say "with broken libraries of the same names in LD_LIBRARY_PATH"
mkdir "$bare/trial/broken"
for library in "$bare$package"/lib/*.so*; do : >"$bare/trial/broken/$(basename "$library")"; done
in_bare env LD_LIBRARY_PATH=/trial/broken "$program" --help >/dev/null

in_bare "$program" pack /images --out /trial/pack

train=("$program" train "$package/share/lockstep/configs/fashion_mnist.yaml" "${config_words[@]}")
# By itself mpirun insists on an ssh, which this Debian does not have.
settings=(OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_plm=isolated)
by_mpirun() { trained "$1" env "${settings[@]}" "$package/bin/mpirun" --oversubscribe --bind-to none -n 2 "${@:2}"; }
trained alone "${train[@]}"
trained ranks "${train[@]}" -n 2
by_mpirun mpirun "${train[@]}"
# As srun does, which knows nothing of the package's places.
mapfile -t unset < <(sed 's/=.*//; s/^/--unset=/' "$bare$package/libexec/openmpi/places")
by_mpirun other-launcher env "${unset[@]}" "${train[@]}"

say "moving the package to a folder with a space in its name"
mkdir -p "$bare/my software"
mv "$bare$package" "$bare/my software/"
package="/my software/$(basename "$package")"
program="$package/bin/lockstep"
train=("$program" train "$package/share/lockstep/configs/fashion_mnist.yaml" "${config_words[@]}")
trained moved "${train[@]}" -n 2
by_mpirun moved-mpirun "${train[@]}"

say "the same with $build/lockstep"
"$build/lockstep" train "$root/configs/fashion_mnist.yaml" "data.pack=$bare/trial/pack" train.max_steps=20 -n 2 \
  "run.dir=$scratch/built"
digests+="$("$build/lockstep" eval "$scratch/built" --json | digest_of) built here"

say "digests"
printf '%s\n' "$digests"
(($(cut -d ' ' -f 1 <<<"$digests" | sort -u | wc -l) == 1)) || die 1 "the digests differ"
say "all digests are equal"
