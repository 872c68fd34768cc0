#!/usr/bin/env bash
# Layout of the C++ (clang-format 14: other versions lay out differently) and lint of the shell scripts.
# Usage: tools/check_format.sh [--fix]
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

missing=()
command -v clang-format-14 >/dev/null || missing+=(clang-format-14)
command -v shellcheck >/dev/null || missing+=(shellcheck)
((${#missing[@]} == 0)) || install_packages "checking the layout" "${missing[@]}"

cd "$root"
mapfile -t sources < <(find . \( -path './build*' -o -path './.git' \) -prune -o -name '*.h' -print -o -name '*.cc' -print)
mapfile -t scripts < <(find . \( -path './build*' -o -path './.git' \) -prune -o -name '*.sh' -print -o -name '*.sbatch' -print)
scripts+=(.ci/run)
((${#sources[@]} && ${#scripts[@]})) || die 1 "found no sources to check under $root"

if [[ "${1:-}" == --fix ]]; then
  clang-format-14 -i "${sources[@]}"
fi
clang-format-14 --dry-run --Werror "${sources[@]}" || die 1 "layout differs; tools/check_format.sh --fix mends it"
shellcheck "${scripts[@]}" || die 1 "shellcheck complains about a script"
say "${#sources[@]} C++ files are laid out by .clang-format, ${#scripts[@]} scripts pass shellcheck"
