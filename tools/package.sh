#!/usr/bin/env bash
# From a clone to an archive of lockstep for machines on which nothing is installed.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# shellcheck source=staging.sh
source "$root/tools/staging.sh"

usage() {
  cat <<'EOF'
Usage: tools/package.sh [--cpu | --cuda] [--without-libtorch] [--out FILE]

Builds lockstep as tools/setup.sh does, and packs it with all that it needs but glibc and NVIDIA's driver: its
libraries, Open MPI with mpirun, and LibTorch. The archive can be unpacked anywhere; docs/installing.md says how.

  --cpu               without CUDA (build-cpu)
  --cuda              with CUDA and NCCL (build-gpu); the default where a CUDA toolkit or an NVIDIA GPU is found
  --without-libtorch  leave LibTorch and the CUDA libraries beside it out: whoever unpacks the archive provides the same
                      version of it, as lib/torch or by LD_LIBRARY_PATH
  --out FILE          the archive; its default name in the clone is
                      lockstep-VERSION-linux-ARCHITECTURE-{cpu,cuda}[-without-libtorch].tar.xz

The environment variables are those of tools/setup.sh. tests/package/trial.sh tries an archive in a bare Debian 12.

Exit codes: 0 done; 1 the build failed, or the package would not be complete; 2 something must be installed or chosen
first, and the message says what.
EOF
}

flavour=auto libtorch=inside out=""
while (($#)); do
  case "$1" in
    --cpu | --cuda) flavour="${1#--}" ;;
    --without-libtorch) libtorch=outside ;;
    --out) out="${2:?--out needs a file}" && shift ;;
    -h | --help) usage && exit 0 ;;
    *) die 2 "unknown argument '$1'; tools/package.sh --help lists them" ;;
  esac
  shift
done
if [[ "$flavour" == auto ]]; then
  if [[ -n "$(cuda_sign)" ]]; then flavour=cuda; else flavour=cpu; fi
fi
[[ -z "$out" || (-d "$(dirname "$out")" && ! -d "$out") ]] ||
  die 2 "--out names '$out': give a file in a folder that exists"
preset=cpu
[[ "$flavour" == cpu ]] || preset=gpu
build="$root/build-$preset"

# Every library that the loader takes for a file of the package is in the package, belongs to the machine, or is listed
# in $1 (left out on purpose). Checked as on another machine: with an empty environment.
check_complete() {
  local files name path outside=()
  mapfile -d '' files < <(find "$stage" -type f \( -name '*.so*' -o -perm -u+x \) ! -path '*/lib/torch/*' \
    ! -path '*/lib/nvidia/*' -print0)
  while IFS=$'\t' read -r name path; do
    [[ "$path" == "$stage"/* || "$name" =~ $machine_regex ]] || grep -qxF "$name" <<<"$1" || outside+=("$name")
  done < <(env -i ldd "${files[@]}" 2>&1 | sed -n 's/ (0x[0-9a-f]*)$//; s/^\t\([^ ]*\) => /\1\t/p' | sort -u)
  ((${#outside[@]} == 0)) || die 1 "the package would take these libraries from the machine: ${outside[*]}"
}

"$root/tools/setup.sh" --preset "$preset" "--$flavour"
install_staging_tools

name="lockstep-$(cache_value "$build" CMAKE_PROJECT_VERSION)-linux-$(uname -m)-$flavour"
[[ "$libtorch" == inside ]] || name+="-without-libtorch"
out="${out:-$root/$name.tar.xz}"
stage="$build/package/$name"
trap 'rm -rf "$build/package" "$out.new"' EXIT
rm -rf "$build/package" && mkdir -p "$stage"

say "gathering the libraries of $build/lockstep"
torch_libraries="$(libtorch_regex "$build")"
stage_program "$build" "$stage"
stage_libraries "$stage" "$torch_libraries" "$build/lockstep"
stage_openmpi "$build" "$stage" "$torch_libraries"
absent=""
if [[ "$libtorch" == inside ]]; then
  stage_libtorch "$build" "$stage"
else
  absent="$(needed_libraries "$build/lockstep" | grep -E $'\t'"(${torch_libraries//^/})" | cut -f 1)"
fi
check_complete "$absent"
glibc="$(required_glibc "$stage")"
write_archive "$stage" "$out.new"
mv "$out.new" "$out"
say "ready: $out ($(du -m "$out" | cut -f 1) MB), for machines with glibc $glibc or newer"
