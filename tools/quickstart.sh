#!/usr/bin/env bash
# From nothing to a trained model: sets up, packs Fashion-MNIST, trains on two ranks (one where there is one GPU),
# evaluates. What is already done is not done again: run it again and it continues.
# Usage: tools/quickstart.sh [--cpu | --cuda]
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for argument in "$@"; do
  case "$argument" in
    --cpu | --cuda) ;;
    -h | --help) sed -n '2,4s/^# //p' "${BASH_SOURCE[0]}" && exit 0 ;;
    *) die 2 "unknown argument '$argument'; it takes --cpu or --cuda, as tools/setup.sh does" ;;
  esac
done

cd "$root"
lockstep=build/lockstep images=/usr/share/datasets/fashion-mnist
pack=data/fashion-mnist config=configs/fashion_mnist.yaml run=runs/fashion-mnist

# step TITLE COMMAND...: shows the command, so that it can be typed again.
step() {
  say "$1"
  shift
  printf '    %s\n' "$*" >&2
  "$@" || {
    local code=$?
    die "$code" "that command ended with code $code; its message is above. Started again, this script goes on from here."
  }
}

# 70,000 images of 28 x 28 with 10 classes (Zalando, MIT licence), from Debian. Where nothing can be installed, the
# package is unpacked into the cache instead: beside its place, then renamed, so that half of it is never taken for
# the whole. Runs under the lock of the cache, whose next holder removes what a killed run left.
fetch_images() {
  local debian="$images" cached="$cache/fashion-mnist" staging
  [[ ! -d "$debian" ]] || return 0
  if [[ ! -d "$cached" ]] && as_root true; then
    install_packages "the images" dataset-fashion-mnist
    return
  fi
  images="$cached"
  [[ ! -d "$cached" ]] || return 0
  say "unpacking Debian's dataset-fashion-mnist into $cached"
  staging="$(mktemp -d "$cache/.staging-XXXXXX")"
  (cd "$staging" && apt-get download -qq dataset-fashion-mnist && dpkg-deb -x dataset-fashion-mnist_*.deb . &&
    mv ".$debian" "$cached") || die 2 "could not fetch it; ask for: apt-get install dataset-fashion-mnist"
  rm -rf "$staging"
}

# count_ranks: two, but one where the program would find a single GPU, since NCCL wants a GPU for each rank.
count_ranks() {
  local gpus=0
  [[ "$(ldd "$lockstep")" != *libtorch_cuda* ]] || gpus="$(nvidia-smi -L 2>/dev/null | grep -c '^GPU ' || true)"
  if ((gpus == 1)); then echo 1; else echo 2; fi
}

tools/setup.sh "$@"
with_lock "$cache/lock" fetch_images
step "packing the images (a finished pack is left as it is)" "$lockstep" pack "$images" --out "$pack"
ranks="$(count_ranks)"
step "training (a run that has checkpoints continues)" "$lockstep" train "$config" -n "$ranks"
evaluation="$(step "evaluating" "$lockstep" eval "$run" -n "$ranks" --json)"

python3 - "$run" "$evaluation" <<'EOF'
import json, pathlib, statistics, sys
run, evaluation = pathlib.Path(sys.argv[1]), json.loads(sys.argv[2])
lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
rate = statistics.median(line["images_per_second"] for line in lines if line["kind"] == "epoch")
print(f"""
  accuracy    {evaluation['accuracy']:.2%} of {evaluation['evaluated']:,} validation images
  images/s    {rate:,.0f} in training
  checkpoint  {evaluation['checkpoint']}
  digest      {evaluation['state_digest']}
""")
EOF
cat <<EOF
Next, try:
  restart      $lockstep train $config run.dir=runs/restarted -n $ranks
               Stop it with Ctrl-C and start it again: it continues, and
               $lockstep eval runs/restarted   shows the digest above.
EOF
((ranks == 1)) || cat <<EOF
  other ranks  $lockstep train $config run.dir=runs/one-rank -n 1
               One rank in place of two, and the digest again.
EOF
cat <<EOF
  own images   $lockstep pack IMAGES --out data/mine --valid-fraction 0.1
               IMAGES holds one folder of JPEG, PNG or WebP files for each class. Then:
               $lockstep train $config run.dir=runs/mine data.pack=data/mine data.image_size=64
EOF
