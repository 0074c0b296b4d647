# Sourced by every double.
set -u
program=${0##*/}
: "${BHYVE_STATE:?the doubles need a state folder}"
echo "$program $*" >> "$BHYVE_STATE/calls"

fail() { # EXIT-CODE MESSAGE
	echo "$program: $2" >&2
	exit "$1"
}

# Is this word a line of that state file?
has() {
	[ -f "$BHYVE_STATE/$1" ] || return 1
	while IFS= read -r known; do [ "$known" != "$2" ] || return 0; done < "$BHYVE_STATE/$1"
	return 1
}

add() {
	has "$1" "$2" || echo "$2" >> "$BHYVE_STATE/$1"
}
