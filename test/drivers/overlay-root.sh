#!/bin/bash
# Runs a command as root on an overlay of this machine's file system. Everything the command writes goes into a folder,
# so nothing is installed on the machine, and FOLDER/changed contains every change. Run it in `unshare --mount`.
#   overlay-root.sh FOLDER COMMAND...
set -e
here=$1
shift
mount --make-rprivate /
mountpoint -q "$here" || mount -t tmpfs -o size=6g,mode=755 tmpfs "$here"
mkdir -p "$here/changed" "$here/work" "$here/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$here/changed,workdir=$here/work" "$here/root"
for folder in proc sys dev tmp run; do mount --rbind "/$folder" "$here/root/$folder"; done
# Not chroot: a process in a chroot cannot create a user namespace, which Chromium's sandbox needs.
mkdir -p "$here/root/old"
cd "$here/root"
pivot_root . old
cd /
exec "$@"
