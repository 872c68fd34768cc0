#!/usr/bin/env bash
# Ends the Slurm that start_slurm.sh started in DIRECTORY, by its process ids.
set -euo pipefail
for daemon in slurmd slurmctld; do
  [[ -f "$1/$daemon.pid" ]] && kill "$(cat "$1/$daemon.pid")"
done
