/*
 * Takes podman's place in the stand-in guest:
 *
 *	podman --version
 *	podman system service --time=0 [unix:///PATH]
 *	podman events ...	(nothing ever happens)
 *	podman ps ...		(nothing runs)
 *
 * answers /_ping and /version as podman's API service does, and everything
 * else with 404.  As the real one, it takes the socket that was handed to it by
 * systemd's protocol, or else makes one for root alone.
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define	USAGE	125	/* podman's exit code for a wrong command line */

static const char ping[] = "OK";
/* Only so that tests can see which variables the service has. */
static const char *const shown[] = { "HTTPS_PROXY", "https_proxy", "NO_PROXY", "SSL_CERT_FILE" };
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

static const char *
variables(void)
{
	static char text[4096];
	size_t i, length = 0;

	text[0] = '\0';
	for (i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (getenv(shown[i]) != NULL && length < sizeof(text))
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s=%s\n", shown[i], getenv(shown[i]));
	return (text);
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
	else if (strcmp(path, "/standin/environment") == 0)
		answer(peer, "200 OK", "text/plain", variables());
	else
		answer(peer, "404 Not Found", "application/json", "{\"message\":\"Not Found\"}\n");
}

/* The socket of systemd's protocol, as podman's pkg/systemd looks for it: one, and meant for this very process. */
static int
handed_over(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	return (pid != NULL && count != NULL && atoi(pid) == (int)getpid() && strcmp(count, "1") == 0 ? 3 : -1);
}

static int
made_here(const char *uri)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener;

	if (strncmp(uri, "unix://", 7) != 0 || strlen(uri + 7) >= sizeof(address.sun_path))
		errx(USAGE, "not in the stand-in: %s", uri);
	strcpy(address.sun_path, uri + 7);
	unlink(address.sun_path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	umask(0177);
	if (listener == -1 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 64) != 0)
		err(1, "%s", address.sun_path);
	return (listener);
}

int
main(int argc, char **argv)
{
	const struct timeval limit = { .tv_sec = 5 };
	int listener, peer;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("podman version 5.8.2");
		return (0);
	}
	if (argc > 1 && strcmp(argv[1], "events") == 0)
		for (;;)
			pause();
	if (argc > 1 && strcmp(argv[1], "ps") == 0)
		return (0);
	if (argc < 4 || argc > 5 || strcmp(argv[1], "system") != 0 || strcmp(argv[2], "service") != 0 ||
	    strcmp(argv[3], "--time=0") != 0)
		errx(USAGE, "not in the stand-in: only system service --time=0 [unix://PATH]");
	signal(SIGPIPE, SIG_IGN);
	listener = argc == 4 ? handed_over() : -1;
	if (listener == -1)
		listener = made_here(argc == 5 ? argv[4] : "unix:///var/run/podman/podman.sock");
	for (;;) {
		peer = accept(listener, NULL, NULL);
		if (peer == -1)
			continue;
		setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		serve(peer);
		close(peer);
	}
}
