/*
 * podbsd-native - what a guest needs that neither sh(1) nor the engine of the
 * agent can do: talk to a device, and hand over an open socket.
 *
 *	fwcfg list | read NAME
 *	with-socket group mode path command [argument ...]
 *
 * One program, installed with a link for each part; the name that it is called
 * by chooses, or else its first argument.
 */
#include <stdio.h>
#include <string.h>

#include "native.h"

#define	EX_USAGE	64	/* sysexits(3) */

static const struct part {
	const char *name;
	int (*run)(int, char *[]);
} parts[] = {
	{ "fwcfg", fwcfg },
	{ "with-socket", with_socket },
};

static const struct part *
part_named(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(parts[i].name, name) == 0)
			return (&parts[i]);
	return (NULL);
}

int
main(int argc, char *argv[])
{
	const struct part *part = argc > 0 ? part_named(argv[0]) : NULL;

	if (part == NULL && argc > 1) {
		part = part_named(argv[1]);
		argc--;
		argv++;
	}
	if (part == NULL) {
		fprintf(stderr, "usage: podbsd-native fwcfg|with-socket [argument ...]\n");
		return (EX_USAGE);
	}
	return (part->run(argc, argv));
}
