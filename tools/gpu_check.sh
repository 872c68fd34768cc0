#!/usr/bin/env bash
# Proves on one GPU what lockstep promises. `bundle` is for the machine that builds, `run` for the one with the GPU, where
# nothing but a Python with PyTorch need be installed. docs/gpu.md describes the steps.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

usage() {
  cat <<'EOF'
Usage: gpu_check.sh bundle [--out FILE] [--photos DIR]
       gpu_check.sh run [--device cuda|cpu] [--only STEP]... [--out DIR] [--short] ...

bundle: builds the CUDA flavour (build-gpu), and packs it with its tests, its libraries without LibTorch, Open MPI, images
and this script into one archive.

  --out FILE    the archive; default: gpu-check.tar.xz in the clone
  --photos DIR  JPEG photographs, one folder a class; default: tools/bench/pictures.py makes some, with the Python that
                tools/bench/requirements.txt is installed for ($PYTHON, or bench/bin/python in the cache)

run: performs the steps, in the unpacked archive or in a clone that has a build. `run --help` lists its options. PYTHON
names the Python with PyTorch (python3).

Exit codes of bundle: 0 done; 1 the build failed, or the archive would be too large; 2 something is missing, and the message
says what. Of run: 0 only if no step failed.
EOF
}

verb="${1:-}"
shift || true
case "$verb" in
  run)
    command -v "${PYTHON:-python3}" >/dev/null ||
      { echo "error: there is no Python '${PYTHON:-python3}'; PYTHON names one" >&2 && exit 2; }
    exec "${PYTHON:-python3}" "$here/gpu_check/run.py" "$@"
    ;;
  bundle) ;;
  -h | --help) usage && exit 0 ;;
  *) usage >&2 && exit 2 ;;
esac

# shellcheck source=common.sh
source "$here/common.sh"
# shellcheck source=staging.sh
source "$here/staging.sh"

readonly most_mib=55 # what can be brought to a GPU machine in one piece
readonly images_of_a_split=4000 photographs=200
out="$root/gpu-check.tar.xz" photos=""
while (($#)); do
  case "$1" in
    --out) out="${2:?--out needs a file}" && shift ;;
    --photos) photos="${2:?--photos needs a folder}" && shift ;;
    -h | --help) usage && exit 0 ;;
    *) die 2 "unknown argument '$1'; tools/gpu_check.sh --help lists them" ;;
  esac
  shift
done
[[ -d "$(dirname "$out")" && ! -d "$out" ]] || die 2 "--out names '$out': give a file in a folder that exists"
build="$root/build-gpu"
stage="$build/bundle/gpu-check"

# `PROGRAM<tab>RANKS...` of each test with the label gpu.
test_programs() {
  (cd "$here/gpu_check" && python3 -c 'import pathlib, sys, installation
for program, ranks in installation.built_tests(pathlib.Path(sys.argv[1])).items(): print(program, *ranks, sep="\t")' "$build")
}

# The machine's Python brings LibTorch, the CUDA libraries, and with them the compiler's.
stage_all_programs() {
  local listing tests exclude
  listing="$(test_programs)"
  mapfile -t tests < <(cut -f 1 <<<"$listing")
  [[ -n "$listing" ]] || die 1 "$build has no test program with the label gpu"
  exclude="$(libtorch_regex "$build")|/lib(stdc\+\+|gcc_s)\.so"
  stage_program "$build" "$stage"
  stage_executables "$stage" tests "${tests[@]}"
  awk -F '\t' -v OFS='\t' '{sub(".*/", "", $1); print}' <<<"$listing" >"$stage/tests/ranks"
  stage_libraries "$stage" "$exclude" "$build/lockstep" "${tests[@]}"
  stage_openmpi "$build" "$stage" "$exclude"
}

stage_scripts() {
  mkdir -p "$stage/gpu_check" "$stage/bench"
  install "$here/gpu_check.sh" "$stage/"
  install -m 644 "$here"/gpu_check/*.py "$stage/gpu_check/"
  install -m 644 "$here/bench/turns.py" "$stage/bench/"
  git -C "$root" describe --always --dirty >"$stage/version" 2>/dev/null || echo unknown >"$stage/version"
}

stage_images() {
  local images=/usr/share/datasets/fashion-mnist
  [[ -d "$images" ]] || install_packages "the images" dataset-fashion-mnist
  mkdir -p "$stage/data"
  "$build/lockstep" pack "$images" --out "$stage/data/fashion-mnist" --limit "$images_of_a_split"
}

# Some of each class, the same ones each time.
stage_photographs() {
  local python="${PYTHON:-$cache/bench/bin/python}" files file number
  if [[ -z "$photos" ]]; then
    command -v "$python" >/dev/null ||
      die 2 "no photographs: name a folder with --photos, or install tools/bench/requirements.txt into $cache/bench"
    "$python" "$here/bench/pictures.py" "$build/bundle/pictures"
    photos="$build/bundle/pictures/photos"
  fi
  mapfile -t files < <(cd "$photos" && find . -mindepth 2 -maxdepth 2 -name '*.jpg' | LC_ALL=C sort)
  ((${#files[@]} >= photographs)) || die 2 "$photos has ${#files[@]} files FOLDER/*.jpg; $photographs are needed"
  for ((number = 0; number < photographs; ++number)); do
    file="${files[number * ${#files[@]} / photographs]}"
    install -D -m 644 "$photos/$file" "$stage/data/photos/$file"
  done
}

"$here/setup.sh" --preset gpu --cuda --tests --target lockstep --target gpu_tests
install_staging_tools
trap 'rm -rf "$build/bundle" "$out.new"' EXIT
rm -rf "$build/bundle" && mkdir -p "$stage"
say "gathering the programs, their libraries and images"
stage_all_programs
stage_scripts
stage_images
stage_photographs
write_archive "$stage" "$out.new"
mib=$((($(stat -c %s "$out.new") + (1 << 20) - 1) >> 20))
((mib <= most_mib)) || die 1 "the archive has $mib MiB, over $most_mib"
mv "$out.new" "$out"
say "ready: $out ($mib MiB), for machines with glibc $(required_glibc "$stage") or newer"
