# Shared by the doubles. busybox does the Linux side; no Linux program is in the path.
bb=/libexec/standin/busybox
state=/var/run/standin

# sysexits(3)
EX_USAGE=64
EX_DATAERR=65
EX_NOUSER=67
EX_SOFTWARE=70

# The real program can do this; nobody needed it so far.
unsupported()
{
	echo "${0##*/}: not in the stand-in: $*" >&2
	exit $EX_SOFTWARE
}
