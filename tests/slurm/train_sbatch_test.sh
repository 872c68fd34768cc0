#!/usr/bin/env bash
# What slurm/train.sbatch decides, with stand-ins for Slurm's commands and for lockstep: needs no Slurm, takes seconds.
# slurm_test.sh beside it takes the script through a real Slurm.
# Usage: tests/slurm/train_sbatch_test.sh
# shellcheck disable=SC2317  # the tests are called by the names that `declare -F` lists
set -uo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT

# The files of a world: `code` is what training ends with, `steps` the newest checkpoint's, `gain` what an attempt adds to
# it, `state` the job's (empty: Slurm does not answer), `script` the path that Slurm names, `refusals` how often it
# refuses to put the job back; `trained` and `requeued` get a line each time.
make_world() {
  world="$scratch/a world" clone="$scratch/a world/my clone"
  mkdir -p "$world/bin" "$world/spool" "$world/submitted from" "$world/a run" "$clone/slurm" "$clone/build"
  cp "$root/slurm/train.sbatch" "$clone/slurm/"
  cp "$root/slurm/train.sbatch" "$world/spool/slurm_script" # what Slurm starts is a copy
  echo 0 >"$world/steps" && echo 0 >"$world/gain" && echo 0 >"$world/code" && echo 0 >"$world/refusals"
  echo RUNNING >"$world/state"
  echo "$clone/slurm/train.sbatch" >"$world/script"
  : >"$world/trained" && : >"$world/requeued"

  stand_in bin/scontrol <<'END'
    case "$1" in
      show)
        [[ -s "$WORLD/state" ]] || exit 1
        echo "JobId=$3 JobName=lockstep"
        echo "   JobState=$(cat "$WORLD/state") Reason=None Dependency=(null)"
        echo "   Command=$(cat "$WORLD/script") $ARGUMENTS"
        echo "   WorkDir=$SLURM_SUBMIT_DIR"
        ;;
      requeue)
        refusals="$(cat "$WORLD/refusals")"
        echo $((refusals - 1)) >"$WORLD/refusals"
        ((refusals <= 0)) || exit 1
        echo "$2" >>"$WORLD/requeued"
        ;;
    esac
END
  echo pmix >"$world/mpi" && : >"$world/started"
  stand_in bin/srun <<'END'
    [[ "$*" != --mpi=list ]] || exec cat "$WORLD/mpi"
    echo "$*; $LOCKSTEP_EXPECT" >>"$WORLD/started"
    while [[ "$1" == --* ]]; do shift; done
    "$@"
END
  # Like the real one it passes SIGUSR2 on, and ends when the ranks have.
  stand_in bin/mpirun <<'END'
    echo "$*; $LOCKSTEP_EXPECT" >>"$WORLD/started"
    while [[ "$1" != */* ]]; do shift; done
    export BATCH_SHELL="$PPID"
    trap 'kill -USR2 "$ranks"' USR2
    "$@" &
    ranks=$!
    until wait $ranks; code=$?; ((code != 128 + 12)); do :; done
    exit "$code"
END
  stand_in bin/sleep </dev/null
  stand_in "my clone/build/lockstep" <<'END'
    case "$1" in
      checkpoints)
        printf '{\n  "checkpoints": [{"step": %s, "valid": true}],\n  "run": "%s"\n}\n' "$(cat "$WORLD/steps")" \
          "$WORLD/a run"
        ;;
      train)
        echo "$*" >>"$WORLD/trained"
        [[ -e "$WORLD/broken" ]] || { mkdir -p "$WORLD/a run/logs" && date >>"$WORLD/a run/logs/rank_000.log"; }
        if [[ -e "$WORLD/until signal" ]]; then
          trap 'asked=yes' USR2
          /bin/sleep 0.3 # until its parents wait
          kill -USR2 "$BATCH_SHELL"
          for ((i = 0; i < 100; ++i)); do [[ -n "${asked:-}" ]] && break || /bin/sleep 0.05; done
          [[ -n "${asked:-}" ]] || exit 1
        fi
        echo $(($(cat "$WORLD/steps") + $(cat "$WORLD/gain"))) >"$WORLD/steps"
        exit "$(cat "$WORLD/code")"
        ;;
    esac
END
}

stand_in() {
  { echo '#!/usr/bin/env bash' && cat; } >"$world/$1"
  chmod +x "$world/$1"
}

# set_to NAME TEXT: what the script's settings say instead.
set_to() { sed -i "s|^$1=[^ ]*|$1=$2|" "$world/spool/slurm_script"; }

# attempt [ARGUMENT...]: one start of the job, as Slurm would do it; sets `code` and `output`. `slurm` holds variables that
# Slurm would set beside.
attempts=0 slurm=()
attempt() {
  (($#)) || set -- "my config.yaml" train.epochs=2
  output="$(env -u LOCKSTEP ${program:+"LOCKSTEP=$program"} WORLD="$world" ARGUMENTS="$*" PATH="$world/bin:$PATH" \
    SLURM_JOB_ID=7 SLURM_NTASKS=2 SLURM_RESTART_COUNT="$attempts" SLURM_SUBMIT_DIR="$world/submitted from" \
    "${slurm[@]}" bash "$world/spool/slurm_script" "$@" 2>&1)"
  code=$?
  attempts=$((attempts + 1))
}

claim() { "$@" || { echo "  not so: $*; the script ended with $code and said: $output" && return 1; }; }
ended_with() { [[ "$code" == "$1" ]]; }
said() { [[ "$output" == *"$1"* ]]; }
trained() { (($(wc -l <"$world/trained") == $1)); }
requeued() { (($(wc -l <"$world/requeued") == $1)); }
keeps_count() { [[ -f "$world/submitted from/slurm-7.progress" ]]; }
forgets_count() { ! keeps_count; }

test_a_stop_on_request_puts_the_job_back() {
  echo 75 >"$world/code"
  attempt
  claim ended_with 75 && claim requeued 1 && claim keeps_count &&
    claim grep -qx "train my config.yaml train.epochs=2" "$world/trained"
}

test_a_lost_or_killed_rank_puts_the_job_back() {
  echo 5 >"$world/code" && attempt && claim requeued 1 || return
  echo 137 >"$world/code" && attempt && claim requeued 2
}

test_ranks_that_did_not_begin_are_started_once_more() {
  echo 137 >"$world/code" && attempt && claim trained 1 && claim requeued 1 || return
  touch "$world/broken" && attempt
  claim trained 4 && claim requeued 2 && claim said "the ranks could not be started (code 137): once more" || return
  echo 2 >"$world/code" && attempt && claim trained 5 && claim ended_with 2
}

test_a_step_that_could_not_be_launched_is_no_finished_run() { # srun then may end with 0
  touch "$world/broken" && echo 0 >"$world/code" && attempt
  claim trained 3 && claim requeued 1 && claim said "the ranks could not be started (code 0): once more"
}

test_resume_counts_for_the_first_attempt_only() {
  echo 75 >"$world/code" && echo 10 >"$world/gain"
  for resume in --resume=never "--resume runs/a/checkpoints/step_00000010"; do
    attempts=0
    # shellcheck disable=SC2086  # one word or two
    for _ in 1 2; do attempt c.yaml $resume train.epochs=2; done
    claim [ "$(tail -n 2 "$world/trained")" == "train c.yaml $resume train.epochs=2"$'\n'"train c.yaml train.epochs=2" ] ||
      return
  done
}

test_bad_data_ends_the_job() {
  echo 3 >"$world/code"
  attempt
  claim ended_with 3 && claim requeued 0 && claim said "ended with code 3" && claim forgets_count
}

test_a_finished_run_ends_the_job() {
  attempt
  claim ended_with 0 && claim trained 1 && claim requeued 0 && claim forgets_count
}

test_three_attempts_without_progress_end_the_job() {
  echo 75 >"$world/code" && echo 40 >"$world/steps"
  for _ in 1 2 3; do attempt; done
  claim requeued 3 && claim trained 3 || return
  attempt
  claim ended_with 5 && claim said "3 attempts since step 40 have added no checkpoint: giving up" &&
    claim trained 3 && claim requeued 3 && claim forgets_count
}

test_progress_starts_the_count_anew() {
  echo 75 >"$world/code"
  for _ in 1 2; do attempt; done
  echo 10 >"$world/gain" && attempt && echo 0 >"$world/gain"
  for _ in 1 2 3; do attempt; done
  claim trained 6 && claim requeued 6 || return
  attempt
  claim ended_with 5 && claim said "since step 10" && claim trained 6
}

test_a_job_that_slurm_has_put_back_is_left_alone() {
  echo 75 >"$world/code" && echo PENDING >"$world/state"
  attempt
  claim ended_with 75 && claim requeued 0 && claim keeps_count
}

test_a_state_that_cannot_be_read_does_not_lose_the_job() {
  echo 75 >"$world/code" && : >"$world/state"
  program="$clone/build/lockstep" attempt
  claim ended_with 75 && claim requeued 1
}

test_a_refused_requeue_is_tried_again_and_then_told() {
  echo 75 >"$world/code" && echo 2 >"$world/refusals"
  attempt
  claim requeued 1 && claim keeps_count || return
  echo 9 >"$world/refusals"
  attempt
  claim ended_with 75 && claim requeued 1 && claim said "could not be put back" && claim forgets_count
}

test_the_program_is_found_where_the_job_was_submitted() {
  mv "$clone/build" "$world/submitted from/build"
  : >"$world/state"
  attempt
  claim ended_with 0 && claim trained 1
}

test_the_program_of_an_installation_is_found() {
  mkdir -p "$world/package/share/lockstep" "$world/package/bin"
  mv "$clone/slurm" "$world/package/share/lockstep/slurm"
  mv "$clone/build/lockstep" "$world/package/bin/lockstep"
  echo "$world/package/share/lockstep/slurm/train.sbatch" >"$world/script"
  attempt
  claim ended_with 0 && claim trained 1
}

test_the_script_may_be_named_relative_to_the_folder() {
  echo "../my clone/slurm/train.sbatch" >"$world/script"
  attempt
  claim ended_with 0 && claim trained 1
}

test_a_named_program_is_the_only_one_tried() {
  program=/no/lockstep attempt
  claim ended_with 2 && claim said "no lockstep among: /no/lockstep" && claim trained 0
}

test_a_missing_config_is_a_usage_error() {
  output="$(SLURM_JOB_ID=7 SLURM_SUBMIT_DIR="$world" bash "$world/spool/slurm_script" 2>&1)" code=$?
  claim ended_with 2 && claim said "usage:"
}

# shellcheck disable=SC2053  # $1 is a pattern
started_as() { [[ "$(tail -n 1 "$world/started")" == $1 ]]; }

test_the_run_can_be_stopped_for_good() {
  echo 75 >"$world/code" && touch "$world/a run/stop"
  attempt # one that was not asked before it began
  claim ended_with 75 && claim trained 1 && claim requeued 0 && claim said "a run/stop' asks" && claim forgets_count || return
  attempt
  claim ended_with 0 && claim trained 1 && claim said "not started again" || return
  rm "$world/a run/stop"
  attempt
  claim ended_with 75 && claim trained 2 && claim requeued 1
}

test_mpirun_is_sent_what_the_batch_shell_is_sent() {
  set_to launcher mpirun
  touch "$world/until signal" && echo 75 >"$world/code"
  attempt
  claim ended_with 75 && claim trained 1 && claim requeued 1 &&
    claim started_as "--bind-to none -n 2 -x LOCKSTEP_EXPECT */build/lockstep train *; nodes=1 tasks=2"
}

test_mpirun_without_a_signal_ends_as_the_ranks_do() {
  set_to launcher mpirun
  echo 3 >"$world/code"
  attempt
  claim ended_with 3 && claim requeued 0
}

test_a_wrapper_is_before_the_program_wherever_it_is_started() {
  stand_in bin/contain <<'END'
    echo "$1" >>"$WORLD/contained"
    shift
    exec "$@"
END
  set_to wrapper "(contain 'image of mine.sif')"
  program="$clone/build/lockstep" attempt
  claim ended_with 0 && claim trained 1 && claim started_as "*contain image of mine.sif */build/lockstep train *" &&
    claim [ "$(sort -u "$world/contained")" == "image of mine.sif" ] && claim [ "$(wc -l <"$world/contained")" == 3 ]
}

test_as_many_ranks_as_nodes_have_tasks_but_no_more_than_lanes() {
  set_to tasks_per_node 4
  slurm=(SLURM_JOB_NUM_NODES=3 SLURM_CPUS_PER_TASK=5)
  attempt
  claim started_as "--mpi=pmix --wait=5 --nodes=3 --ntasks=12 --cpus-per-task=5 --ntasks-per-node=4 *; nodes=3 tasks=12 tasks_per_node=4" ||
    return
  set_to most_ranks 10 && attempt
  claim started_as "--mpi=pmix --wait=5 --nodes=3 --ntasks=10 *; nodes=3 tasks=10" || return
  set_to most_ranks 2 && attempt
  claim started_as "--mpi=pmix --wait=5 --nodes=2 --ntasks=2 *; nodes=2 tasks=2"
}

test_ranks_see_all_gpus_of_their_node() {
  for gpus in 4 a100:4; do
    slurm=("SLURM_GPUS_PER_NODE=$gpus")
    attempt
    claim started_as "*--gpu-bind=none --cpu-bind=none *; nodes=1 tasks=2 gpus_per_node=4" || return
  done
}

test_a_task_of_an_array_has_its_index_in_its_arguments_and_is_put_back_alone() {
  echo 75 >"$world/code"
  slurm=(SLURM_ARRAY_JOB_ID=7 SLURM_ARRAY_TASK_ID=3)
  attempt c.yaml run.seed=%a run.dir=runs/seed_%a
  claim grep -qx "train c.yaml run.seed=3 run.dir=runs/seed_3" "$world/trained" && claim grep -qx 7_3 "$world/requeued" &&
    claim said "job 7_3, attempt 1"
}

test_srun_without_pmix_is_told_before_the_start() {
  echo "none pmi2" >"$world/mpi"
  attempt
  claim ended_with 2 && claim said "slurm.launcher=mpirun" && claim trained 0 && claim requeued 0
}

test_a_run_directory_that_cannot_be_is_told_before_the_start() {
  rmdir "$world/a run" && touch "$world/a run"
  attempt
  claim ended_with 4 && claim said "a run' cannot be written to on $(hostname)" && claim trained 0
}

failed=0
while read -r _ _ name; do
  # Each in a world of its own.
  if (make_world && "$name"); then echo "ok      ${name#test_}"; else echo "FAILED  ${name#test_}" && failed=1; fi
  rm -rf "${scratch:?}"/*
done < <(declare -F | grep ' test_')
exit "$failed"
