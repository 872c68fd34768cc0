#!/usr/bin/env bash
# What `cmake --install` lays out: these files and no others, in a folder that can be moved.
# Usage: tests/package/install_test.sh BUILD_DIR
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

cmake --install "$1" --prefix "$scratch/prefix" >"$scratch/log" 2>&1 || { cat "$scratch/log" && exit 1; }

expected() {
  echo bin/lockstep
  echo share/bash-completion/completions/lockstep
  echo share/zsh/site-functions/_lockstep
  echo share/man/man1/lockstep.1
  "$scratch/prefix/bin/lockstep" --help |
    sed -n '/^Subcommands:/,/^$/s|^  \([a-z-]*\) .*|share/man/man1/lockstep-\1.1|p'
  (cd "$root" && find configs slurm -type f | sed 's|^|share/lockstep/|')
  (cd "$root" && find docs README.md CHANGELOG.md LICENSE -type f | sed 's|^|share/doc/lockstep/|')
}
diff <(expected | LC_ALL=C sort) <(cd "$scratch/prefix" && find . -type f | sed 's|^\./||' | LC_ALL=C sort) ||
  { echo "the installed files (>) are not those that were expected (<)" && exit 1; }

mv "$scratch/prefix" "$scratch/moved"
"$scratch/moved/bin/lockstep" --help >/dev/null
[[ -x "$scratch/moved/share/lockstep/slurm/train.sbatch" || ! -x "$root/slurm/train.sbatch" ]]
