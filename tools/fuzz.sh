#!/usr/bin/env bash
# Runs the programs of tests/fuzz with libFuzzer, one after the other.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<EOF
Usage: tools/fuzz.sh [--seconds N] [NAME...]

Builds the preset fuzz (clang, libFuzzer, the address and undefined-behaviour sanitizers) and runs fuzz_NAME for N seconds
(600) on one core, at the lowest priority; without names, all that can be built. Prints a line for each: the seconds that
it ran, its executions, the edges of the code that they reached, and the inputs that ended it.

What libFuzzer finds is kept in $cache/fuzz/NAME and is where the next run begins. An input that ends the program is
in NAME.found: mend what it shows, and add it to tests/fuzz/corpus/NAME.

Exit code 1 where something was found.
EOF
}

seconds=600 names=()
while (($#)); do
  case "$1" in
    --seconds) seconds="${2:?--seconds needs a number}" && shift ;;
    -h | --help) usage && exit 0 ;;
    -*) die 2 "unknown argument '$1'; tools/fuzz.sh --help lists them" ;;
    *) names+=("$1") ;;
  esac
  shift
done
build="$root/build-fuzz" corpora="$root/tests/fuzz/corpus"
command -v clang++ >/dev/null || die 2 "clang++ is missing: apt-get install clang libclang-rt-14-dev"
((${#names[@]})) || mapfile -t names < <(ls "$corpora")

targets=()
for name in "${names[@]}"; do targets+=(--target "fuzz_$name"); done
"$root/tools/setup.sh" --preset fuzz --cpu --tests "${targets[@]}"

# The last number after `$1` in libFuzzer's words.
number_after() { grep -o "$1 *[0-9]*" "$log" | tail -n 1 | grep -o '[0-9]*$' || echo 0; }

# HDF5 runs in a child process, which no coverage leads into. Its crashes leave inputs, but are no finding: the program
# that started it goes on.
found=0
printf '%-20s %8s %12s %8s %8s %6s\n' target seconds executions 'a second' edges found
for name in "${names[@]}"; do
  kept="$cache/fuzz/$name" log="$cache/fuzz/$name.log"
  mkdir -p "$kept" "$kept.found"
  dictionary=()
  for words in "$root/tests/fuzz/$name.dict" "$root/tests/fuzz/${name%%_*}.dict"; do
    [[ ! -f "$words" ]] || dictionary=("-dict=$words")
  done
  seeds=("$corpora/$name")
  [[ "$name" != config ]] || seeds+=("$root/configs")
  start=$SECONDS ended=0
  TMPDIR=/dev/shm UBSAN_OPTIONS=print_stacktrace=1 nice -n 19 "$build/tests/fuzz/fuzz_$name" "$kept" "${seeds[@]}" \
    "${dictionary[@]}" -max_total_time="$seconds" -timeout=60 -report_slow_units=60 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$kept.found/" >"$log" 2>&1 || ended=1 found=1
  printf '%-20s %8d %12d %8d %8d %6d\n' "$name" $((SECONDS - start)) "$(number_after number_of_executed_units:)" \
    "$(number_after average_exec_per_sec:)" "$(number_after cov:)" "$((ended ? $(find "$kept.found" -type f | wc -l) : 0))"
done
exit "$found"
