#!/bin/sh
# What a plain script does with podman's config: accounts and keys, nothing else.
# usage: accounts.sh ROOT CONFIG
set -e
root=$1 config=$2
run() { chroot "$root" "$@"; }
count=$(jq '.passwd.users | length' "$config")
index=0
while [ $index -lt "$count" ]; do
	name=$(jq -r ".passwd.users[$index].name" "$config")
	uid=$(jq -r ".passwd.users[$index].uid // empty" "$config")
	if ! run /usr/sbin/pw usershow -n "$name" >/dev/null 2>&1; then
		run /usr/sbin/pw useradd -n "$name" ${uid:+-u "$uid"} -G wheel -d "/home/$name" -s /bin/sh -m -h -
	fi
	home=$(run /usr/sbin/pw usershow -n "$name" | cut -d: -f9)
	mkdir -p "$root$home/.ssh"
	jq -r ".passwd.users[$index].sshAuthorizedKeys[]" "$config" >"$root$home/.ssh/authorized_keys"
	chmod 0700 "$root$home/.ssh"
	chmod 0600 "$root$home/.ssh/authorized_keys"
	run /usr/sbin/chown -R "$name" "$home/.ssh"
	index=$((index + 1))
done
