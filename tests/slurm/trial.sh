#!/usr/bin/env bash
# slurm/train.sbatch through a time limit, a requeue and a node's failure, to the digest of the undisturbed run.
# Usage: SLURM_CONF=... tests/slurm/trial.sh LOCKSTEP PACK DIRECTORY   (see start_slurm.sh; takes about 10 minutes on two cores)
set -euo pipefail
root="$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")"
lockstep="$(realpath "$1")" pack="$(realpath "$2")"
mkdir -p "$3" && cd "$3"
settings=("data.pack=$pack" data.limit=20000 train.epochs=12 train.lanes=4 train.batch=16)

say() { echo "trial: $*"; }
steps() { "$lockstep" checkpoints "$1" --json | grep -o '"step": *[0-9]*' | grep -o '[0-9]*$' | sort -n | tail -n 1; }
digest() { "$lockstep" checkpoints "$1" --json | grep -o '"state_digest": *"[0-9a-f]*"' | tail -n 1; }
state() { scontrol show job "$job" | sed -n 's/.*JobState=\([A-Z_]*\).*/\1/p'; }
attempts() { scontrol show job "$job" | sed -n 's/.*Restarts=\([0-9]*\).*/\1/p'; }
# Slurm lets a job that is put back wait for two minutes. After a node's failure it needs them: the old one must be gone.
patience=none
hurry() {
  [[ "$patience" == some || "$(state)" != PENDING ]] || scontrol update JobId="$job" StartTime=now 2>/dev/null || true
}
wait_until() { # wait_until WHAT CONDITION...: at most five minutes
  local what="$1"
  shift
  for _ in $(seq 150); do
    if "$@"; then return; fi
    hurry
    sleep 2
  done
  say "never: $what"
  exit 1
}
restarted() { (($(attempts) >= $1)) && [[ "$(state)" == RUNNING ]]; }
has_more_steps_than() { (($(steps runs/slurm 2>/dev/null || echo 0) > $1)); }
ended() { [[ "$(state)" == COMPLETED || "$(state)" == FAILED || "$(state)" == TIMEOUT ]]; }

say "undisturbed, on one rank"
"$lockstep" train "$root/configs/fashion_mnist.yaml" "${settings[@]}" run.dir=runs/undisturbed

say "under Slurm, two tasks, a minute at a time"
job="$(LOCKSTEP="$lockstep" sbatch --parsable --ntasks=2 --cpus-per-task=1 --time=1 --signal=USR2@30 --output=slurm.out \
  "$root/slurm/train.sbatch" "$root/configs/fashion_mnist.yaml" "${settings[@]}" run.dir=runs/slurm \
  checkpoint.every_steps=50)"
wait_until "the time limit puts it back" restarted 1
begun="$(steps runs/slurm)"
say "went on from step $begun; now the node fails"
wait_until "a checkpoint in the second attempt" has_more_steps_than "$begun"
patience=some
scontrol update NodeName="$(hostname)" State=DOWN Reason=trial
sleep 3
scontrol update NodeName="$(hostname)" State=RESUME 2>/dev/null || true # it may have come back by itself
wait_until "the failure puts it back" restarted 2
patience=none
wait_until "it ends" ended

cat slurm.out
say "$(state) after $(attempts) restarts"
say "undisturbed $(digest runs/undisturbed)"
say "slurm       $(digest runs/slurm)"
[[ "$(state)" == COMPLETED && "$(digest runs/undisturbed)" == "$(digest runs/slurm)" ]] && say "the same"
