#!/usr/bin/env bash
# `lockstep submit` on a Slurm of two nodes, through what ends jobs, each time to the digest of the undisturbed run.
# Usage, as root: tests/slurm/slurm_test.sh LOCKSTEP [SCENARIO...]. Exit code 77: this machine cannot; the reason is printed.
# Scenarios: finish limit preempt cancel node_down array shrink stop; all where none is named.
set -euo pipefail
folder="$(dirname "$(realpath "${BASH_SOURCE[0]}")")" hosts="$folder/../hosts"
lockstep="$(realpath "${1:?usage: slurm_test.sh LOCKSTEP [SCENARIO...]}")"
shift

if [[ -z "${LAB:-}" ]]; then
  missing="$("$hosts/lab.sh" --missing)"
  missing="${missing:-$("$hosts/fetch_tools.sh" --missing slurmctld slurmd sbatch munged)}"
  [[ -z "$missing" ]] || { echo "skipped: $missing (tests/hosts/fetch_tools.sh)" && exit 77; }
  scratch="$(mktemp -d)"
  trap '[[ -n "${LAB_KEEP:-}" ]] || rm -rf "$scratch"' EXIT
  LAB_SHARES="$(dirname "$lockstep")" "$hosts/lab.sh" 2 "$scratch" "$folder/slurm_test.sh" "$lockstep" "$@"
  exit
fi

# shellcheck source=../hosts/lab_checks.sh
source "$hosts/lab_checks.sh"
"$folder/start_slurm.sh" 2 >/dev/null
export SLURM_CONF="$LAB/slurm/slurm.conf"
make_job
cat >>"$LAB/config.yaml" <<EOF
checkpoint: {every_steps: 20}
slurm: {nodes: 2, ntasks_per_node: 1, cpus_per_task: 1, time: "10"}
EOF

submit() { # submit RUN [OPTION...]: sets `job`
  job="$("$lockstep" submit "$LAB/config.yaml" run.dir="$LAB/$1" "${@:2}" | tee "$LAB/$1.out" | grep -o 'job [0-9]*' | grep -o '[0-9]*' | head -n 1)"
  [[ -n "$job" ]] || fail "nothing was submitted"
}
field() { scontrol show job "$job" | grep -o "\b$1=[^ ]*" | head -n 1 | cut -d= -f2; }
# Slurm lets a job that is put back wait for two minutes; five seconds do. In the second in which it revokes the
# credential of the attempt before, it would revoke the new one too, and the job would have failed.
hurry() {
  [[ "$(field JobState)" == PENDING ]] && (($(date -d "$(field EligibleTime)" +%s) > EPOCHSECONDS + 5)) || return 0
  scontrol update JobId="$job" StartTime=now+5 2>/dev/null || true
}
is_running() { hurry && [[ "$(field JobState)" == RUNNING ]]; }
is_running_again() { # both from one answer: between two the job may be put back
  local job_now
  hurry && job_now="$(scontrol show job "$job")"
  [[ "$job_now" == *JobState=RUNNING* && "$job_now" =~ Restarts=([0-9]+) ]] && ((BASH_REMATCH[1] >= ${1:-1}))
}
is_pending() { [[ "$(field JobState)" == PENDING ]]; }
is_gone() { [[ -z "$(squeue -h -j "$job" 2>/dev/null)" ]]; }
has_ended() { [[ "$(field JobState)" == @(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL) ]]; }
is_over() { hurry && has_ended && sleep 3 && has_ended; } # on its way back into the queue a job is FAILED for a moment
expect_state() { [[ "$(field JobState)" == "$1" ]] || fail "the job of $2 is $(field JobState), not $1"; }
newest_step() { find "$LAB/$1/checkpoints" -name "step_*" | sort | tail -n 1; }
has_gone_on() { [[ "$(newest_step "$1")" != "$2" ]]; }
# However fast this machine is, a run of so many epochs is not done before it is disturbed.
readonly endless="train.epochs=2000"
settle() { # settle RUN: stops it, and compares it with a run to the same step that nothing disturbed
  local run="$1" step
  wait_for "a checkpoint of the last attempt" has_gone_on "$run" "$(newest_step "$run")"
  "$lockstep" stop "$LAB/$run" >"$LAB/$run.stop" 2>&1
  wait_for "the end of $run" is_over
  step="$(newest_step "$run")" && step="$((10#${step##*step_}))"
  "$lockstep" train "$LAB/config.yaml" "$endless" "train.max_steps=$step" run.dir="$LAB/${run}_alone" \
    >"$LAB/${run}_alone.out" 2>&1
  expect_same_digest "${run}_alone" "$run"
  say "at step $step, after $(field Restarts) restarts"
}

scenario_finish() {
  submit finish
  wait_for "the end of finish" is_over
  expect_state COMPLETED finish
  expect_same_digest undisturbed finish
}

scenario_limit() { # a minute is the shortest limit; the signal comes in its first seconds
  submit limit "$endless" --time=1 slurm.signal_s=50
  wait_for "the second attempt" is_running_again
  say "put back at a time limit"
  settle limit
}

scenario_preempt() {
  submit preempt "$endless"
  wait_for "a checkpoint" has_checkpoint preempt
  sbatch --partition=urgent --nodes=2 --exclusive --output=/dev/null --wrap "sleep 2" >/dev/null
  wait_for "the second attempt" is_running_again
  say "put back for an urgent job"
  settle preempt
}

scenario_cancel() {
  submit cancel "$endless"
  wait_for "a checkpoint" has_checkpoint cancel
  scancel "$job"
  wait_for "the end" is_over
  expect_state CANCELLED cancel
  submit cancel "$endless"
  wait_for "the start" is_running
  settle cancel
}

scenario_node_down() {
  submit node_down "$endless"
  wait_for "a checkpoint" has_checkpoint node_down
  lab_power_off n2
  say "n2 is off"
  wait_for "the job's return to the queue" is_pending
  power_on n2
  wait_for "the second attempt" is_running_again
  settle node_down
}

scenario_array() {
  submit array --array=1-2 --nodes=1
  for seed in 1 2; do wait_for "a checkpoint of seed $seed" has_checkpoint "array/seed_$seed"; done
  wait_for "the end of both" is_gone
  expect_same_digest undisturbed array/seed_1
  [[ "$(digest array/seed_2)" != "$(digest undisturbed)" ]] || fail "both seeds gave the same"
}

scenario_shrink() {
  local before
  submit shrink "$endless" slurm.nodes_min=1
  wait_for "a checkpoint" has_checkpoint shrink
  [[ "$(field NumNodes)" == 2 ]] || fail "the job began on $(field NumNodes) node"
  lab_power_off n2
  say "n2 is gone"
  wait_for "the second attempt" is_running_again
  [[ "$(field NodeList)" == n1 ]] || fail "the second attempt runs on $(field NodeList)"
  say "goes on with n1 alone"
  before="$(newest_step shrink)"
  power_on n2
  wait_for "a checkpoint of the second attempt" has_gone_on shrink "$before"
  scancel --signal=USR2 "$job"
  wait_for "the third attempt" is_running_again 2
  [[ "$(field NumNodes)" == 2 ]] || fail "the third attempt runs on $(field NodeList)"
  say "and with both again, once n2 is back"
  settle shrink
}

scenario_stop() {
  submit stop "$endless"
  wait_for "a checkpoint" has_checkpoint stop
  "$lockstep" status "$LAB/stop" >"$LAB/stop.status" 2>&1
  expect_text "status knows the job" "$job" "$LAB/stop.status"
  "$lockstep" stop "$LAB/stop" >"$LAB/stop.stop" 2>&1
  wait_for "the end" is_over
  (($(field Restarts) == 0)) || fail "a run that was to stop was put back"
  submit stop "$endless"
  wait_for "the start" is_running
  settle stop
}

all_are_idle() { [[ "$(sinfo -h -N -p all -t idle -o %N | wc -l)" == 2 ]]; }
node_is_idle() { sinfo -h -n "$1" -o %t | grep -q idle; }
power_on() {
  lab_power_on "$1"
  lab_on "$1" slurmd -N "$1" -f "$SLURM_CONF" -c
  wait_for "$1" node_is_idle "$1"
}

"$lockstep" train "$LAB/config.yaml" run.dir="$LAB/undisturbed" >"$LAB/undisturbed.out" 2>&1
say "the undisturbed run: $(digest undisturbed)"
(($#)) || set -- finish limit preempt cancel node_down array shrink stop
for scenario in "$@"; do
  say "== $scenario"
  wait_for "two idle nodes" all_are_idle
  "scenario_$scenario"
done
say "done"
