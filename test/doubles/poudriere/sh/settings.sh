# What the quick doubles share. A test writes settings.sh beside settings.json.
: "${PODBSD_DOUBLE:?is not set: this program is a test double}"
system=FreeBSD uid=0 processor=amd64 osreldate=1501000 cpus=2 freeKib=209715200 clock= readonly=
poudriere=3.4.8 pools=zroot poolFreeKib= datasets=
[ ! -f "$PODBSD_DOUBLE/settings.sh" ] || . "$PODBSD_DOUBLE/settings.sh"

# Every call as a JSON array in a line. No argument of these programs needs escaping.
record() {
	line="[\"${0##*/}\""
	for word; do line="$line,\"$word\""; done
	echo "$line]" >>"$PODBSD_DOUBLE/commands.log"
}

# Whether something of this name is known: it is a key of state/KIND.json.
has() { # KIND NAME
	[ -n "$2" ] && [ -f "$PODBSD_DOUBLE/state/$1.json" ] || return 1
	read -r text <"$PODBSD_DOUBLE/state/$1.json" || true
	case $text in *"\"$2\":"*) ;; *) return 1 ;; esac
}

# Whether nothing of this kind is known to the machine: state/NAME.json is missing, or holds no entry.
has_none() {
	[ -f "$PODBSD_DOUBLE/state/$1.json" ] || return 0
	read -r text <"$PODBSD_DOUBLE/state/$1.json" || true
	[ "$text" = '{}' ] || [ "$text" = '[]' ]
}
