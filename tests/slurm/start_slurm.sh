#!/usr/bin/env bash
# Starts a Slurm of one node on this machine, for trials of slurm/train.sbatch: not part of the test suite.
# As root, from Debian's packages: slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge.
# Usage: start_slurm.sh DIRECTORY; then `export SLURM_CONF=DIRECTORY/slurm.conf`. stop_slurm.sh DIRECTORY ends it.
set -euo pipefail
directory="$(mkdir -p "$1" && realpath "$1")"
cpus="$(nproc)"
mkdir -p "$directory"/{state,spool,log} /run/munge
chown munge: /run/munge

pgrep -x munged >/dev/null || runuser -u munge -- munged
cat >"$directory/slurm.conf" <<EOF
ClusterName=trial
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
KillWait=10
OverTimeLimit=0
JobRequeue=1
SchedulerParameters=sched_interval=1,requeue_delay=1
StateSaveLocation=$directory/state
SlurmdSpoolDir=$directory/spool
SlurmctldPidFile=$directory/slurmctld.pid
SlurmdPidFile=$directory/slurmd.pid
SlurmctldLogFile=$directory/log/slurmctld.log
SlurmdLogFile=$directory/log/slurmd.log
SlurmctldPort=16817
SlurmdPort=16818
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=$cpus State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE OverSubscribe=FORCE:8 State=UP
EOF
export SLURM_CONF="$directory/slurm.conf"
slurmctld -f "$SLURM_CONF" -c
slurmd -f "$SLURM_CONF" -c
for _ in $(seq 50); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && exec sinfo
  sleep 0.2
done
echo "start_slurm.sh: the node does not come up; see $directory/log" >&2
exit 1
