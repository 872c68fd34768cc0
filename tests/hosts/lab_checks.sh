#!/usr/bin/env bash
# What the trials in a lab share; sourced on its host `head`, with `lockstep` set to the program.
# shellcheck disable=SC2154  # that is `lockstep`

say() { echo "$(date +%T) $*"; }
fail() {
  say "FAILED: $*"
  [[ -z "${job:-}" ]] || scontrol show job "$job"
  tail -n 20 "$LAB"/*.out "$LAB"/*/slurm/*.out 2>/dev/null || true
  exit 1
}

# A pack that can be learned, and a config whose run takes some twenty seconds of one core.
make_job() {
  "$lockstep" pack --synthetic shapes --samples 3000 --size 28 --valid-fraction 0.1 --out "$LAB/pack" >"$LAB/pack.out" 2>&1
  cat >"$LAB/config.yaml" <<EOF
run: {dir: $LAB/run, seed: 1}
data: {pack: $LAB/pack}
model: {name: simple_cnn}
train: {epochs: 3, batch: 16, lanes: 4}
optimizer: {name: sgd, lr: 0.1, momentum: 0.9}
EOF
}

digest() { "$lockstep" checkpoints "$LAB/$1" --json | grep -o '"state_digest": *"[0-9a-f]*"' | tail -n 1; }
expect_same_digest() { # expect_same_digest RUN OTHER
  local one other
  one="$(digest "$1")" other="$(digest "$2")"
  [[ -n "$one" && "$one" == "$other" ]] || fail "run $2 has the digest $other, and $1 $one"
  say "the digest of run $2 is that of run $1"
}
expect_text() { # expect_text WHAT REGULAR_EXPRESSION FILE
  local text
  text="$(cat "$3")"
  grep -q -- "$2" <<<"$text" || fail "$1: no '$2' in: $text"
  say "$1"
}
has_checkpoint() { compgen -G "$LAB/$1/checkpoints/step_*" >/dev/null; }
wait_for() { # wait_for WHAT CONDITION...: at most two minutes
  local what="$1"
  shift
  for _ in $(seq 240); do
    if "$@"; then return; fi
    sleep 0.5
  done
  fail "never: $what"
}
