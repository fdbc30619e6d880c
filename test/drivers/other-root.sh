#!/bin/bash
# Runs a command as root in a view of this machine in which whatever it writes lands in a folder of its own: what it
# installs is not installed here, and afterwards the folder shows exactly what was changed. Needs unshare -m.
#   other-root.sh FOLDER COMMAND...
set -e
here=$1
shift
mount --make-rprivate /
mountpoint -q "$here" || mount -t tmpfs -o size=6g,mode=755 tmpfs "$here"
mkdir -p "$here/changed" "$here/work" "$here/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$here/changed,workdir=$here/work" "$here/root"
for folder in proc sys dev tmp run; do mount --rbind "/$folder" "$here/root/$folder"; done
# Not chroot: in one of those nobody may make a user namespace, and Chromium's sandbox is one.
mkdir -p "$here/root/old"
cd "$here/root"
pivot_root . old
cd /
exec "$@"
