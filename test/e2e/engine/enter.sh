#!/bin/sh
# enter.sh TREE OVER QUICKJS: makes an unpacked Debian tree the root of the mount namespace that this runs in, with
# everything that is written kept in the folder OVER, and stays until its input ends. Nothing of it is left afterwards:
# the namespaces of processes, mounts and networks are this script's own.
set -eu
tree=$1 over=$2 quickjs=$3
mkdir -p "$over/tmpfs"
# An overlay cannot lie on an overlay; a file system in memory always can.
mount -t tmpfs -o mode=755 engine "$over/tmpfs"
cd "$over/tmpfs"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=$over/parts:$tree,upperdir=upper,workdir=work" root
cd root
for name in bin sbin lib lib64; do
	[ -e "$name" ] || ln -s "usr/$name" "$name"
done
mkdir -p proc sys dev run tmp quickjs root old
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
# The host may have the controllers of the first version of cgroups beside the second, which crun refuses.
umount -l sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount --bind "$quickjs" quickjs
# Not chroot: what runs in a container would find the way out when it enters that one's namespaces.
pivot_root . old
cd /
umount -l /old
ip link set lo up
echo ready
# A child of the shell, which is process 1 here and takes note of every process that ends.
cat
