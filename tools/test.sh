#!/usr/bin/env bash
# Sets up, builds and runs the whole test suite through CTest.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'EOF'
Usage: tools/test.sh [--cpu | --cuda] [--only SECTION] [CTEST OPTION...]

Sets up what is missing, then builds and tests in three sections:

  asan  core, imaging and sharding under the address and undefined-behaviour sanitizers (build-asan)
  gpu   the CUDA flavour is compiled and linked, and its tests run; without a GPU they skip and say so. The proof on a GPU
        (docs/gpu.md) is rehearsed on the CPU (build-gpu)
  cpu   everything else: the whole suite without CUDA (build-cpu)

  --cpu            no gpu section; the default where there is neither a CUDA toolkit nor an NVIDIA GPU
  --cuda           with the gpu section
  --only SECTION   that section alone; may be given again
  CTEST OPTION     goes to ctest in each section, such as -R Resume

The exit code is 0 where every section passed. build/, where tools/setup.sh puts the program, is left alone.
EOF
}

flavour=auto only=() ctest_options=()
while (($#)); do
  case "$1" in
    --cpu | --cuda) flavour="${1#--}" ;;
    --only) only+=("${2:?--only needs a section}") && shift ;;
    -h | --help) usage && exit 0 ;;
    *) ctest_options+=("$1") ;;
  esac
  shift
done
if ((${#only[@]} == 0)); then
  only=(asan gpu cpu)
  [[ "$flavour" == cuda || ("$flavour" == auto && -n "$(cuda_sign)") ]] || only=(asan cpu)
fi

# Tests that start several ranks declare as many processors, so that two such tests do not share the cores. Of the two lines
# that ctest prints for each test, the one with the result is kept.
run_ctest() {
  ctest --test-dir "$root/build-$1" --output-on-failure --no-tests=error --parallel "$(nproc)" \
    "${ctest_options[@]}" "${@:2}" | grep --line-buffered -v '^ *Start '
}

asan() {
  "$root/tools/setup.sh" --preset asan --cpu --target all --tests || return
  UBSAN_OPTIONS=print_stacktrace=1 run_ctest asan
}

gpu() {
  "$root/tools/setup.sh" --preset gpu --cuda --tests --target lockstep --target gpu_tests || return
  "$root/build-gpu/lockstep" --help >/dev/null || return
  run_ctest gpu -L gpu || return
  # CTest counts skipped tests and keeps their reasons to its log.
  awk 'skipped {print "skipped: " $0} {skipped = /^[^ ]+:[0-9]+: Skipped$/}' \
    "$root/build-gpu/Testing/Temporary/LastTest.log" | sort | uniq -c
}

cpu() {
  "$root/tools/setup.sh" --preset cpu --cpu --target all --tests || return
  # The trials on several hosts need root, and skip without.
  ((EUID > 0)) || "$root/tests/hosts/fetch_tools.sh" || warn "without these tools some tests are skipped"
  # So do the page of `lockstep report` in a browser, and completion in zsh.
  (command -v chromium && command -v zsh) >/dev/null || ((EUID > 0)) ||
    (install_packages "a browser and a shell for the tests" chromium zsh) ||
    warn "without chromium and zsh some tests are skipped"
  run_ctest cpu
}

failed=()
for section in "${only[@]}"; do
  [[ "$section" == asan || "$section" == gpu || "$section" == cpu ]] || die 2 "no section '$section': asan, gpu, cpu"
  say "tests: $section"
  "$section" || failed+=("$section")
done
((${#failed[@]} == 0)) || die 1 "tests failed in: ${failed[*]}"
