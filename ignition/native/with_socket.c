/*
 * with-socket - open a Unix socket and run a program that has it as file
 * descriptor 3.
 *
 *	with-socket group mode path command [argument ...]
 *
 * The socket belongs to root and the group and has the mode (octal). It takes
 * the place of whatever socket is there; a file of another kind stays, and that
 * is an error. What is run is in most cases daemon(8) with -r: it keeps the
 * descriptor open while its child, who answers, is started again. Clients that
 * connect meanwhile wait in the queue instead of being refused.
 */
#include <sys/types.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "native.h"

#define	HANDED_OVER	3	/* the first descriptor of systemd's protocol */
#define	BACKLOG		128
#define	EX_USAGE	64	/* sysexits(3) */
#define	EX_NOGROUP	67
#define	EX_OSERR	71

static gid_t
group_named(const char *name)
{
	const struct group *group = getgrnam(name);

	if (group == NULL)
		errx(EX_NOGROUP, "there is no group %s", name);
	return (group->gr_gid);
}

static mode_t
mode_from(const char *text)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (*text == '\0' || *end != '\0' || mode > 0777)
		errx(EX_USAGE, "%s is not a mode such as 0660", text);
	return ((mode_t)mode);
}

static void
make_room(const char *path)
{
	struct stat there;

	if (lstat(path, &there) != 0) {
		if (errno != ENOENT)
			err(EX_OSERR, "%s", path);
		return;
	}
	if (!S_ISSOCK(there.st_mode))
		errx(EX_OSERR, "%s is not a socket, it is left alone", path);
	if (unlink(path) != 0)
		err(EX_OSERR, "%s", path);
}

/* Nobody but root can connect before the owner and the mode are right. */
static int
listen_at(const char *path, gid_t group, mode_t mode)
{
	struct sockaddr_un address;
	mode_t before;
	int listener;

	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(address.sun_path))
		errx(EX_USAGE, "%s is too long for a socket", path);
	strcpy(address.sun_path, path);
	make_room(path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	before = umask(0177);
	if (listener == -1 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0)
		err(EX_OSERR, "%s", path);
	umask(before);
	if (chown(path, 0, group) != 0 || chmod(path, mode) != 0 || listen(listener, BACKLOG) != 0)
		err(EX_OSERR, "%s", path);
	return (listener);
}

static void
hand_over(int listener)
{
	if (listener == HANDED_OVER)
		return;
	if (dup2(listener, HANDED_OVER) == -1)
		err(EX_OSERR, "descriptor %d", HANDED_OVER);
	close(listener);
}

int
with_socket(int argc, char *argv[])
{
	gid_t group;
	mode_t mode;

	if (argc < 5 || argv[3][0] != '/')
		errx(EX_USAGE, "usage: with-socket group mode path command [argument ...]");
	group = group_named(argv[1]);
	mode = mode_from(argv[2]);
	hand_over(listen_at(argv[3], group, mode));
	execv(argv[4], argv + 4);
	err(errno == ENOENT ? 127 : 126, "%s", argv[4]);
}
