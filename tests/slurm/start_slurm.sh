#!/usr/bin/env bash
# Starts Slurm on the hosts of a lab: slurmctld on head, slurmd on each of the others, which are its nodes.
# Needs Debian's slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge.
# Usage, inside lab.sh: start_slurm.sh HOSTS; then `export SLURM_CONF=$LAB/slurm/slurm.conf`.
# Two partitions hold all nodes: `all`, and `urgent`, whose jobs preempt those of `all`.
set -euo pipefail
hosts="$1" slurm="$LAB/slurm"
mkdir -p "$slurm"/{state,spool,log}

# The key is this lab's own, and so is the socket: sockets in the file system do not know about networks.
(umask 077 && head -c 1024 /dev/urandom >"$slurm/munge.key")
chmod 755 "$LAB" "$slurm"
munged --force --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" --pid-file="$slurm/munge.pid" \
  --seed-file="$slurm/munge.seed" --log-file="$slurm/log/munged.log"

cat >"$slurm/slurm.conf" <<EOF
ClusterName=lab
SlurmctldHost=head
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
SlurmdTimeout=10
SlurmctldTimeout=30
InactiveLimit=0
MessageTimeout=5
TCPTimeout=2
KillWait=5
OverTimeLimit=0
JobRequeue=1
BatchStartTimeout=10
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
SlurmctldParameters=preempt_send_user_signal
SchedulerParameters=sched_interval=1,bf_interval=1,requeue_delay=1
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool/%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/%n.pid
SlurmctldLogFile=$slurm/log/slurmctld.log
SlurmdLogFile=$slurm/log/%n.log
NodeName=n[1-$hosts] CPUs=2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=1 PreemptMode=REQUEUE GraceTime=60 State=UP
PartitionName=urgent Nodes=ALL MaxTime=INFINITE PriorityTier=2 PreemptMode=OFF State=UP
EOF
export SLURM_CONF="$slurm/slurm.conf"
slurmctld -f "$SLURM_CONF" -c
for i in $(seq "$hosts"); do
  mkdir -p "$slurm/spool/n$i"
  lab_on "n$i" slurmd -N "n$i" -f "$SLURM_CONF" -c
done
for _ in $(seq 100); do
  [[ "$(sinfo -h -N -p all -t idle -o %N 2>/dev/null | wc -l)" != "$hosts" ]] || exec sinfo
  sleep 0.2
done
echo "start_slurm.sh: the nodes do not come up; see $slurm/log" >&2
exit 1
