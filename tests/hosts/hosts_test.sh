#!/usr/bin/env bash
# The program over several hosts that mpirun reaches through ssh: the same bits as on one; a host that vanishes.
# Usage, as root: tests/hosts/hosts_test.sh LOCKSTEP. Exit code 77: this machine cannot; the reason is printed.
set -euo pipefail
folder="$(dirname "$(realpath "${BASH_SOURCE[0]}")")"
lockstep="$(realpath "${1:?usage: hosts_test.sh LOCKSTEP}")"

if [[ -z "${LAB:-}" ]]; then
  missing="$("$folder/lab.sh" --missing)"
  missing="${missing:-$("$folder/fetch_tools.sh" --missing sshd ssh-keygen mpirun)}"
  [[ -z "$missing" ]] || { echo "skipped: $missing (tests/hosts/fetch_tools.sh)" && exit 77; }
  scratch="$(mktemp -d)"
  trap 'rm -rf "$scratch"' EXIT
  LAB_SHARES="$(dirname "$lockstep")" "$folder/lab.sh" 4 "$scratch" "$folder/hosts_test.sh" "$lockstep"
  exit
fi

# shellcheck source=lab_checks.sh
source "$folder/lab_checks.sh"
"$folder/start_sshd.sh" n1 n2 n3 n4
export OMPI_MCA_plm_rsh_agent="$LAB/ssh/login" OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
make_job
train() { # train HOSTS RUN [KEY=VALUE...]
  mpirun --bind-to none --host "$1" "$lockstep" train "$LAB/config.yaml" run.dir="$LAB/$2" "${@:3}" >"$LAB/$2.out" 2>&1
}

"$lockstep" train "$LAB/config.yaml" run.dir="$LAB/one" >"$LAB/one.out" 2>&1
train n1:2,n2:2 two
expect_text "2 hosts with 2 ranks each" "4 on 2 nodes" "$LAB/two.out"
expect_same_digest one two
train n1,n2,n3,n4 four
expect_text "4 hosts with a rank each" "4 on 4 nodes" "$LAB/four.out"
expect_same_digest one four

train n1:2,n2:2 staged 'data.stage=/tmp/packs'
expect_same_digest one staged
for host in n1 n2; do
  expect_text "$host has its own copy of the pack" train-00000.h5 <(lab_on "$host" ls -R /tmp/packs)
done
expect_text "n3 has none" "No such file" <(lab_on n3 ls /tmp/packs 2>&1)

# However fast this machine is, so many epochs are not done before the host is gone.
endless=(train.epochs=2000 checkpoint.every_steps=20)
train n1:2,n2:2 lost "${endless[@]}" &
wait_for "a checkpoint of the run on n1 and n2" has_checkpoint lost
lab_power_off n2
began=$SECONDS
if wait $!; then fail "the job went on without n2"; fi
say "the job ended $((SECONDS - began)) s after n2 had lost its power"
expect_text "the lost host is named" "on n2, step .* its process .* has not run for" "$LAB/lost.out"
expect_text "and in failure.json" '"host": "n2"' "$LAB/lost/failure.json"
newest="$(find "$LAB/lost/checkpoints" -name "step_*" | sort | tail -n 1)"
end="train.max_steps=$((10#${newest##*step_} + 30))"
train n1:2 lost "${endless[@]}" "$end"
"$lockstep" train "$LAB/config.yaml" run.dir="$LAB/alone" "${endless[@]}" "$end" >"$LAB/alone.out" 2>&1
expect_same_digest alone lost
say "done"
