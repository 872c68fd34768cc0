#!/usr/bin/env bash
# Starts sshd on the hosts of a lab, and lets head and each of them log in to all by a key of the lab's own.
# Needs Debian's openssh-server openssh-client.
# Usage, inside lab.sh: start_sshd.sh HOST...; then `$LAB/ssh/login HOST COMMAND` is the agent for mpirun.
set -euo pipefail
ssh="$LAB/ssh"
if [[ ! -e "$ssh/key" ]]; then
  mkdir -p "$ssh"
  ssh-keygen -q -t ed25519 -N "" -f "$ssh/key"
  ssh-keygen -q -t ed25519 -N "" -f "$ssh/host_key"
  cat >"$ssh/sshd_config" <<EOF
HostKey $ssh/host_key
AuthorizedKeysFile $ssh/key.pub
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
PidFile none
EOF
  cat >"$ssh/login" <<EOF
#!/bin/sh
exec ssh -i "$ssh/key" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes \\
  -o ConnectTimeout=5 -o ServerAliveInterval=2 -o ServerAliveCountMax=3 "\$@"
EOF
  chmod +x "$ssh/login"
fi
for host in "$@"; do lab_on "$host" /usr/sbin/sshd -f "$ssh/sshd_config" -E "$LAB/ssh/$host.log"; done
for host in "$@"; do
  for _ in $(seq 50); do
    "$ssh/login" "$host" true 2>/dev/null && continue 2
    sleep 0.1
  done
  echo "start_sshd.sh: no login to $host; see $ssh/$host.log" >&2
  exit 1
done
