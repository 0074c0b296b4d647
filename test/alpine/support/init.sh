#!/bin/sh
# What Alpine's initramfs does with an overlay, in miniature: mounts every disk and partition that holds FAT, takes the
# first overlay in a root folder, unpacks it with busybox tar, and tells the serial console what came of it.

PATH=/bin
export PATH
mkdir -p /proc /sys /dev /media /sysroot
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
while read -r module; do insmod "/modules/$module.ko"; done < /modules/order

overlay=
for device in /dev/vd*; do
	name=${device##*/}
	mkdir -p "/media/$name"
	mount -t vfat -o ro "$device" "/media/$name" 2>/dev/null || continue
	for file in "/media/$name"/*.apkovl.tar.gz*; do
		[ -z "$overlay" ] && [ -f "$file" ] && overlay=$file
	done
done
echo "OVERLAY $overlay"
[ -n "$overlay" ] && tar -C /sysroot -zxf "$overlay" && echo UNPACKED

cd /sysroot || poweroff -f
find . -mindepth 1 | sort | while read -r path; do
	if [ -L "$path" ]; then
		echo "ENTRY l $(stat -c %u:%g "$path") $path -> $(readlink "$path")"
	elif [ -d "$path" ]; then
		echo "ENTRY d $(stat -c '%a %u:%g' "$path") $path"
	else
		echo "ENTRY f $(stat -c '%a %u:%g' "$path") $(sha256sum < "$path" | cut -d' ' -f1) $path"
	fi
done

# The script that locks root, on a shadow file as Alpine ships it.
mkdir -p /etc
printf 'root:::0:::::\nbin:!::0:::::\n' > /etc/shadow
sh /sysroot/etc/local.d/10-podbsd-root.start
echo "SHADOW $(tr '\n' ' ' < /etc/shadow)"

# The report to the host, through a virtio port found by its name as Alpine's mdev does.
mkdir -p /etc/podbsd /dev/virtio-ports
cp /sysroot/etc/podbsd/engine /etc/podbsd/engine
for port in /sys/class/virtio-ports/*; do
	ln -s "/dev/${port##*/}" "/dev/virtio-ports/$(cat "$port/name")"
done
ip link set lo up
ip link set eth0 up 2>/dev/null
sh /sysroot/etc/podbsd/report &
echo READY
sleep 6
poweroff -f
