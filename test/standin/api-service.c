/*
 * Takes podman's place in the stand-in guest:
 *
 *	podman system service --time=0 unix:///PATH
 *
 * answers /_ping and /version as podman's API service does, and everything
 * else with 404.  As the real one, it makes its socket for root alone.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define	USAGE	125	/* podman's exit code for a wrong command line */

static const char ping[] = "OK";
static const char version[] =
    "{\"Platform\":{\"Name\":\"freebsd/amd64/freebsd-15.1\"},\"Components\":[{\"Name\":\"Podman Engine\","
    "\"Version\":\"5.8.2\",\"Details\":{\"APIVersion\":\"5.8.2\",\"MinAPIVersion\":\"4.0.0\",\"Os\":\"freebsd\"}}],"
    "\"Version\":\"5.8.2\",\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.24\",\"GoVersion\":\"go1.25\","
    "\"Os\":\"freebsd\",\"Arch\":\"amd64\",\"KernelVersion\":\"15.1-RELEASE\"}\n";

static void
answer(int peer, const char *status, const char *type, const char *body)
{
	dprintf(peer, "HTTP/1.1 %s\r\nApi-Version: 1.41\r\nLibpod-Api-Version: 5.8.2\r\nServer: Libpod/5.8.2 (freebsd)\r\n"
	    "Content-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", status, type, strlen(body), body);
}

static void
serve(int peer)
{
	char request[8192], path[1024];
	size_t length = 0;
	ssize_t count;
	const char *last;

	while (length < sizeof(request) - 1 && (count = read(peer, request + length, sizeof(request) - 1 - length)) > 0) {
		length += (size_t)count;
		request[length] = '\0';
		if (strstr(request, "\r\n\r\n") != NULL)
			break;
	}
	if (sscanf(request, "%*15s %1023s", path) != 1)
		return;
	path[strcspn(path, "?")] = '\0';
	last = strrchr(path, '/');
	if (last != NULL && strcmp(last, "/_ping") == 0)
		answer(peer, "200 OK", "text/plain; charset=utf-8", strncmp(request, "HEAD", 4) == 0 ? "" : ping);
	else if (last != NULL && strcmp(last, "/version") == 0)
		answer(peer, "200 OK", "application/json", version);
	else
		answer(peer, "404 Not Found", "application/json", "{\"message\":\"Not Found\"}\n");
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const struct timeval limit = { .tv_sec = 5 };
	int listener, peer;

	if (argc != 5 || strcmp(argv[1], "system") != 0 || strcmp(argv[2], "service") != 0 ||
	    strcmp(argv[3], "--time=0") != 0 || strncmp(argv[4], "unix://", 7) != 0 ||
	    strlen(argv[4] + 7) >= sizeof(address.sun_path))
		errx(USAGE, "not in the stand-in: only system service --time=0 unix://PATH");
	strcpy(address.sun_path, argv[4] + 7);
	signal(SIGPIPE, SIG_IGN);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	umask(0177);
	if (listener == -1 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 64) != 0)
		err(1, "%s", address.sun_path);
	for (;;) {
		peer = accept(listener, NULL, NULL);
		if (peer == -1)
			continue;
		setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		serve(peer);
		close(peer);
	}
}
