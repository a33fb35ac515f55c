/*
 * "vmsilo.connect [PORT]": joins stdin and stdout to a port of the guest's own loopback, 22 when
 * none is named, for ssh's ProxyCommand. Where nobody listens on 22, an ssh server is run on them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/program/builtin.h"
#include "proto/base/cleanup.h"
#include "proto/base/signals.h"

#define SSH_PORT 22
#define EXIT_FAILED 1
#define EXIT_USAGE 125
#define EXIT_NOT_FOUND 127

/* One way of the two; a pipe's worth of bytes is on its way. */
struct way {
	int from, to;
	bool ended;
	size_t start, end;
	char bytes[64 * 1024];
};

static int loopback_connect(uint16_t port)
{
	const struct sockaddr_in four = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct sockaddr_in6 six = {.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&four, sizeof(four)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&six, sizeof(six)) == 0)
		return fd;
	int code = -errno;
	if (fd >= 0)
		close(fd);
	return code;
}

/* Refused, or there is no loopback at all, as in a guest without network. */
static bool nobody_listens(int code)
{
	return code == -ECONNREFUSED || code == -EADDRNOTAVAIL || code == -ENETUNREACH;
}

static bool way_waits_to_write(const struct way *way)
{
	return way->end > way->start;
}

/* False when the receiver takes no more. */
static bool way_write(struct way *way)
{
	ssize_t count = write(way->to, way->bytes + way->start, way->end - way->start);

	if (count > 0)
		way->start += (size_t)count;
	return count > 0 || errno == EINTR || errno == EAGAIN;
}

static void way_read(struct way *way)
{
	ssize_t count = read(way->from, way->bytes, sizeof(way->bytes));

	if (count < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	way->start = 0;
	way->end = count > 0 ? (size_t)count : 0;
	way->ended = count <= 0;
}

/* Until what listens has ended its side, and all of that is written. */
static void relay(int socket)
{
	static struct way in, out;

	in.from = STDIN_FILENO;
	in.to = out.from = socket;
	out.to = STDOUT_FILENO;
	while (!out.ended) {
		bool in_writes = way_waits_to_write(&in), out_writes = way_waits_to_write(&out);
		struct pollfd polls[] = {
			{.fd = in.ended || in_writes ? -1 : STDIN_FILENO, .events = POLLIN},
			{.fd = socket,
				.events = (short)((in_writes ? POLLOUT : 0) |
						  (out_writes ? 0 : POLLIN))},
			{.fd = out_writes ? STDOUT_FILENO : -1, .events = POLLOUT},
		};
		if (polls[1].events == 0)
			polls[1].fd = -1;
		if (poll(polls, 3, -1) < 0)
			continue;
		if (in_writes && (polls[1].revents & ~POLLIN) && !way_write(&in)) {
			in.start = in.end;
			in.ended = true;
		} else if (polls[0].revents) {
			way_read(&in);
			if (in.ended)
				shutdown(socket, SHUT_WR);
		}
		if (out_writes && polls[2].revents && !way_write(&out))
			return;
		if (!out_writes && (polls[1].revents & ~POLLOUT))
			way_read(&out);
	}
}

static char *const *server_find(void)
{
	static char *const openssh[] = {"/usr/sbin/sshd", "-i", NULL};
	static char *const dropbear[] = {"/usr/sbin/dropbear", "-i", "-R", NULL};

	return access(openssh[0], X_OK) == 0    ? openssh
	       : access(dropbear[0], X_OK) == 0 ? dropbear
						: NULL;
}

/* Joins us to a server of our own, as inetd(8) would: some speak on their stdin alone. Returns the
 * descriptor or -errno. */
static int server_run(char *const *argv)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return -errno;
	mkdir("/run/sshd", 0755); /* which sshd's service makes elsewhere */
	pid_t pid = fork();
	if (pid == 0) {
		signals_reset();
		dup2(fds[1], STDIN_FILENO);
		dup2(fds[1], STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(EXIT_NOT_FOUND);
	}
	close(fds[1]);
	if (pid > 0)
		return fds[0];
	int code = -errno;
	close(fds[0]);
	return code;
}

int builtin_connect(int argc, char **argv)
{
	char *end = "";
	unsigned long port = argc > 1 ? strtoul(argv[1], &end, 10) : SSH_PORT;

	if (argc > 2 || *end || port < 1 || port > UINT16_MAX) {
		fputs("vmsilo.connect: expected one port number, from 1 to 65535\n", stderr);
		return EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	_cleanup_close_ int fd = loopback_connect((uint16_t)port);
	if (nobody_listens(fd) && port == SSH_PORT) {
		char *const *server = server_find();
		if (!server) {
			fputs("vmsilo.connect: no ssh server is running or installed in the "
			      "guest\n",
				stderr);
			return EXIT_NOT_FOUND;
		}
		fd = server_run(server);
	}
	if (fd < 0) {
		fprintf(stderr, "vmsilo.connect: port %lu: %s\n", port, strerror(-fd));
		return EXIT_FAILED;
	}
	relay(fd);
	return 0;
}
