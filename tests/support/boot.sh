#!/usr/bin/env bash
# Boots systemd in namespaces of its own, on a copy of this machine's file system that goes away with it, and runs a
# script there as root. boot.sh FOLDER: FOLDER/inside.sh is run, in FOLDER; what it and systemd say is in FOLDER/log.
set -euo pipefail

if [ $# = 1 ]; then
  # A control group of its own: systemd takes the one that it finds itself in for the whole machine's.
  folder=$(realpath "$1")
  groups=$(findmnt --noheadings --types cgroup2 --output TARGET | head -n 1)
  own=$groups$(sed -n 's/^0:://p' /proc/self/cgroup)/blockhouse-$$
  mkdir "$own"
  trap 'for _ in {1..100}; do rmdir $(find "$own" -depth -type d) && break; done 2>/dev/null' EXIT
  (
    echo "$BASHPID" >"$own/cgroup.procs"
    exec timeout --kill-after=5 300 unshare --mount --pid --fork --uts --ipc --net --cgroup --kill-child \
      bash "$0" "$folder" inside
  )
  exit "$(cat "$folder/code")"
fi

# From here on only what the lines above started, which is nobody else's machine.
[ $$ = 1 ]
folder=$1
mount --make-rprivate /
mount -t tmpfs tmpfs "$folder/machine"
cd "$folder/machine"
mkdir changed work root
mount -t overlay overlay -o lowerdir=/,upperdir=changed,workdir=work root
cd root
mount -t proc proc proc
# The kernel is not this machine's own: nothing may be set there.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
ln -s pts/ptmx dev/ptmx
mkdir dev/shm dev/pts mnt/shared
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs tmpfs dev/shm
mount --bind "$folder" mnt/shared
cat >etc/systemd/system/inside.service <<'UNIT'
[Unit]
After=sysinit.target
[Service]
Type=oneshot
WorkingDirectory=/mnt/shared
ExecStart=/bin/bash inside.sh
StandardOutput=append:/mnt/shared/log
StandardError=append:/mnt/shared/log
ExecStopPost=/bin/bash -c 'echo "$EXIT_STATUS" >code; systemctl --no-block exit'
UNIT
# What this machine starts by itself is none of ours.
rm -rf etc/systemd/system/*.wants
mkdir before
pivot_root . before
umount --lazy before
# Credentials of a service are mounted by one process for another.
mount --make-rshared /
exec env --ignore-environment container=test PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=inside.service --show-status=no >>/mnt/shared/log 2>&1 </dev/null
