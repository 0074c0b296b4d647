#!/bin/sh
# First process of a stand-in that boots from its disk: finds the root there and hands over.
bb=/bin/busybox
$bb mount -t devtmpfs devtmpfs /dev
for module in $($bb cat /modules/boot); do
	$bb insmod /modules/$module.ko
done
tries=0
while [ ! -b /dev/vda2 ] && [ $tries -lt 100 ]; do
	$bb usleep 50000
	tries=$((tries + 1))
done
$bb mount -t ext4 /dev/vda2 /newroot
$bb umount /dev
exec $bb switch_root /newroot /init
