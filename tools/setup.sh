#!/usr/bin/env bash
# From a bare Debian 12 to build/lockstep. Running it again with nothing changed takes seconds.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOF'
Usage: tools/setup.sh [--cpu | --cuda] [--preset NAME] [--target NAME] [--tests]

Installs what CMake does not find as Debian packages, fetches LibTorch into a cache, and builds build/lockstep.

  --cpu           no CUDA, whatever this machine has
  --cuda          with CUDA and NCCL; the default where a CUDA toolkit or an NVIDIA GPU is found
  --preset NAME   a preset of CMakePresets.json (release: build/)
  --target NAME   what to build (lockstep); may be given again; `none` stops after the configure
  --tests         with the test suite (--target all builds it): also installs GoogleTest and fetches the Python packages
                  that the tests read lockstep's files with. A build that has the tests keeps them

Environment:
  LOCKSTEP_CACHE     LibTorch, Python packages and ccache (now: %CACHE%)
  LOCKSTEP_LIBTORCH  a LibTorch directory of your own (holds include/ and lib/), instead of the pinned one
  LOCKSTEP_JOBS      compilers at a time
  CMAKE_PREFIX_PATH  where your own libraries are (modules, spack, conda)

Exit codes: 0 done; 2 something must be installed or chosen first, and the message says what.
EOF
}

flavour=auto preset=release tests=no targets=()
while (($#)); do
  case "$1" in
    --cpu | --cuda) flavour="${1#--}" ;;
    --preset) preset="${2:?--preset needs a name}" && shift ;;
    --target) targets+=("${2:?--target needs a name}") && shift ;;
    --tests) tests=yes ;;
    -h | --help) usage | sed "s|%CACHE%|$cache|" && exit 0 ;;
    *) die 2 "unknown argument '$1'; tools/setup.sh --help lists them" ;;
  esac
  shift
done
((${#targets[@]})) || targets=(lockstep)

# The tools that the rest of this script needs, before CMake can name anything.
install_bootstrap_packages() {
  local missing=()
  command -v cmake >/dev/null || missing+=(cmake)
  command -v ninja >/dev/null || missing+=(ninja-build)
  command -v c++ >/dev/null || missing+=(g++)
  command -v cc >/dev/null || missing+=(gcc)
  command -v ccache >/dev/null || missing+=(ccache)
  [[ -n "$(find_python)" ]] || missing+=(python3-venv)
  ((${#missing[@]})) || return 0
  if ! command -v cmake >/dev/null && ! as_root true; then
    # To ask only once: what CMake would name later is added now.
    mapfile -t missing < <(printf '%s\n' "${missing[@]}" "$(packages_named_by_cmake)" | awk 'NF && !seen[$0]++')
  fi
  install_packages "building" "${missing[@]}"
}

# Every Debian package that cmake/Dependencies.cmake can ask for here and that is not installed, one a line.
packages_named_by_cmake() {
  local package not_asked=benchmark
  with_tests || not_asked='benchmark\|libgtest\|libgmock'
  sed -n "/$not_asked/d"'; /^ *#/d; s/.*DEBIAN \([^ )]*\).*/\1/p; s/^ *find_config_package([^ ]* \([^ )]*\)).*/\1/p;
    s/.*list(APPEND missing_packages \([^$)]*\)).*/\1/p' "$root/cmake/Dependencies.cmake" | tr ' ' '\n' | sort -u |
    while read -r package; do
      dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || echo "$package"
    done
}

# A Python that the pinned wheels support and that can make a virtual environment (Debian's needs python3-venv).
find_python() {
  local python
  for python in python3 /usr/bin/python3; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
      command -v "$python"
      return
    fi
  done
}

# pip_install DIRECTORY REQUIREMENTS: the packages as plain files under DIRECTORY, by a pip of this script's own.
pip_install() {
  local directory="$1" requirements="$2" bar=off
  [[ -t 2 ]] && bar=on
  "$(find_python)" -m venv "$staging/pip"
  mkdir -p "$staging/tmp"
  TMPDIR="$staging/tmp" PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    "$staging/pip/bin/python" -m pip install --quiet --progress-bar "$bar" --no-cache-dir --no-deps --no-compile \
    --only-binary :all: --target "$directory" -r "$requirements" >&2 ||
    die 2 "pip could not fetch what $requirements lists; its message is above. Behind a proxy or a mirror set \
HTTPS_PROXY or PIP_INDEX_URL. On a machine without a network, set LOCKSTEP_LIBTORCH to a LibTorch that you brought."
}

# need_space GIB WHAT: before a download, not in the middle of it.
need_space() {
  local free
  free="$(df --output=avail -BG "$cache" | tail -n 1 | tr -dc 0-9)"
  ((free >= $1)) || die 2 "$2 needs $1 GiB while it is fetched, and $cache has ${free} GiB free; \
make room, or set LOCKSTEP_CACHE to a larger disk"
}

# A tree in the cache is whole when each file of its list is there at its size: a cache that was cut short, copied in
# part or cleaned by age is found here, and not by the linker.
list_files() { (cd "$1" && find . -type f ! -name 'files-*' -printf '%s %p\n' | LC_ALL=C sort); }
is_whole() { [[ -f "$1/$2" ]] && [[ -z "$(list_files "$1" | LC_ALL=C comm -23 "$1/$2" -)" ]]; }

# fetch_tree TREE REQUIREMENTS LIST GIB WHAT: installs beside the cache, then renames into it, so that a half-fetched
# tree is never seen; into a tree that is there already, the new files are linked one by one and the list comes last.
fetch_tree() {
  local tree="$1" requirements="$2" list="$3" gib="$4" what="$5"
  is_whole "$tree" "$list" && return 0
  configured=no  # CMake may have missed what comes now
  need_space "$gib" "$what"
  say "$what -> $tree"
  staging="$(mktemp -d "$cache/.staging-XXXXXX")"
  pip_install "$staging/files" "$requirements"
  list_files "$staging/files" >"$staging/$list"
  if [[ "$list" == files-cuda ]]; then
    cp -alf "$staging/files/." "$tree/" 2>/dev/null || cp -af "$staging/files/." "$tree/"
    mv "$staging/$list" "$tree/$list"
  else
    mv "$staging/$list" "$staging/files/$list"
    [[ ! -e "$tree" ]] || mv "$tree" "$staging/damaged"
    mv "$staging/files" "$tree"
  fi
  rm -rf "$staging"
}

# The version and a hash of what is installed: checkouts with other pins share a cache without touching each other.
tree_name() { printf '%s/%s-%s' "$cache" "$1" "$(sha256sum <"$2" | cut -c 1-8)"; }

# cuda_option is what CMake gets; with_wheels, whether the pinned CUDA libraries are fetched.
choose_flavour() {
  local why=""
  if [[ "$flavour" == auto && -n "${LOCKSTEP_LIBTORCH:-}" ]]; then
    cuda_option=AUTO  # a LibTorch of the user's own has CUDA or not; CMake looks
    return
  fi
  if [[ "$flavour" == auto ]]; then
    why="$(cuda_sign)"
    [[ -z "$why" ]] || say "with CUDA, because of $why (--cpu refuses it)"
  fi
  if [[ "$flavour" == cuda || -n "$why" ]]; then
    cuda_option=ON
    [[ -n "${LOCKSTEP_LIBTORCH:-}" ]] || with_wheels=yes
  else
    cuda_option=OFF
  fi
}

# The pinned wheels are of CUDA 13, which drivers from 580 on can run.
check_driver() {
  local driver
  [[ "$with_wheels" == yes && -r /proc/driver/nvidia/version ]] || return 0
  driver="$(sed -n 's/^NVRM version:.* \([0-9]\{3,\}\)\.[0-9.]* .*/\1/p' /proc/driver/nvidia/version)"
  [[ -z "$driver" ]] || ((driver >= 580)) ||
    warn "the NVIDIA driver is version $driver; the pinned LibTorch is built for CUDA 13, which needs 580 or newer. \
Training on the GPU will fail until the driver is updated, or LOCKSTEP_LIBTORCH names a LibTorch for an older CUDA."
}

# What is downloaded. Runs under the lock of the cache.
fetch_all() {
  rm -rf "$cache"/.staging-*  # of runs that were killed: who is alive holds the lock
  if [[ -z "${LOCKSTEP_LIBTORCH:-}" && "$preset" != asan ]]; then
    fetch_tree "$(dirname "$libtorch")" "$root/tools/libtorch.txt" files-cpu 3 "LibTorch (1.3 GB on disk)"
    if [[ "$with_wheels" == yes ]]; then
      fetch_tree "$(dirname "$libtorch")" "$root/tools/libtorch-cuda.txt" files-cuda 6 "CUDA libraries (2.6 GB on disk)"
    fi
  fi
  if [[ "$tests" == yes ]]; then fetch_test_packages; fi
}

# The interpreter that the tests start: this machine's Python with the packages; nothing to activate.
name_test_python() {
  python="$(tree_name "python-$("$(find_python)" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" \
    "$root/tests/requirements.txt")/python"
}

fetch_test_packages() {
  local script
  fetch_tree "$(dirname "$python")" "$root/tests/requirements.txt" files-python 1 "Python packages for the tests"
  script="$(printf '#!/bin/sh\nPYTHONPATH=%q exec %q "$@"' "$(dirname "$python")" \
    "$("$(find_python)" -c 'import sys; print(sys.executable)')")"
  [[ ! -x "$python" || "$(cat "$python")" != "$script" ]] || return 0
  printf '%s\n' "$script" >"$python.new"
  chmod +x "$python.new"
  mv "$python.new" "$python"
}

# Whether the build has the tests: asked for now, or built here before. CTest's file is there from then on.
with_tests() { [[ "$tests" == yes || -e "$build/CTestTestfile.cmake" ]]; }

# CMake, quietly; its output goes to a log.
configure() {
  local test_option=OFF
  if with_tests; then test_option=ON; fi
  (cd "$root" && cmake --preset "$preset" -DLOCKSTEP_LIBTORCH="$libtorch" -DLOCKSTEP_CUDA="$cuda_option" \
    -DLOCKSTEP_TESTS="$test_option" -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    ${python:+-DLOCKSTEP_PYTHON="$python"}) \
    >"$build/configure.log" 2>&1
}

# Asks CMake, installs what its `missing Debian packages:` line says, and asks again: one library can hide another.
install_libraries() {
  local round packages
  for round in 1 2 3; do
    if configure; then configured=yes && return 0; fi
    read -ra packages <<<"$(sed -n 's/.*missing Debian packages: *//p' "$build/configure.log")"
    ((${#packages[@]})) || return 0  # it failed for another reason, such as a LibTorch that is not there yet
    ((round < 3)) || die 2 "CMake still does not find: ${packages[*]}; see $build/configure.log"
    install_packages "lockstep's libraries" "${packages[@]}"
  done
}

# What was compiled is kept beside LibTorch. Paths in the clone count as relative, so that another clone finds it too.
use_ccache() {
  export CCACHE_DIR="${CCACHE_DIR:-$cache/ccache}" CCACHE_MAXSIZE="${CCACHE_MAXSIZE:-4G}"
  export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
}

build() {
  if [[ "$configured" == no ]] && ! configure; then
    cat "$build/configure.log" >&2
    die 2 "CMake could not configure lockstep; its message is above"
  fi
  [[ "${targets[*]}" != none ]] || return 0
  say "building ${targets[*]} in $build"
  cmake --build "$build" --parallel "$(parallel_jobs)" --target "${targets[@]}" >&2 ||
    die 1 "the build failed; the compiler's message is above"
}

# Runs under the lock of the build directory: what was configured is what gets built.
set_up() {
  install_libraries
  with_lock "$cache/lock" fetch_all
  build
}

staging="" python="" cuda_option="" with_wheels=no configured=no
trap '[[ -z "$staging" ]] || rm -rf "$staging"' EXIT
build="$root/build"
[[ "$preset" == release ]] || build="$root/build-$preset"
libtorch="${LOCKSTEP_LIBTORCH:-$(tree_name libtorch-2.11.0 "$root/tools/libtorch.txt")/torch}"

mkdir -p "$cache" "$build" || die 2 "set LOCKSTEP_CACHE to a directory that you can write to"
if grep -qs '^CMAKE_HOME_DIRECTORY' "$build/CMakeCache.txt" &&
  ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$build/CMakeCache.txt"; then
  say "$build was configured in another place; it starts anew"
  rm -rf "$build" && mkdir -p "$build"
fi
choose_flavour
check_driver
install_bootstrap_packages
[[ "$tests" == no ]] || name_test_python
use_ccache
with_lock "$build/.lock" set_up
[[ "${targets[*]}" != lockstep ]] || say "ready: $build/lockstep"
