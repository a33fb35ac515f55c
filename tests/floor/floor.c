/*
 * The bare floor that tests/bench measures against: the least that any implementation would do. One
 * static program:
 *
 *   (as process 1)     power off at once
 *   serve              in the guest: port 6000 spawns /bin/true for each byte, port 6001 sends back
 *                      what comes, port 6002 passes it through pipes and cat(1)
 *   serve PATH         without a guest: spawns as port 6000 does, at a socket like a VM's vsock
 *   spawn PATH         on the host, over the VM's vsock at PATH: one connection, one round trip
 *   echo PATH BYTES    likewise: so many bytes there and back, 64 KiB at a time
 *   relay PATH BYTES   likewise, by port 6002
 *   pair BYTES         the same through a socket pair and a process that sends back
 *   pair-relay BYTES   likewise, and pipes and cat(1) behind it
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK 65536
#define PORT_SPAWN 6000
#define PORT_ECHO 6001
#define PORT_RELAY 6002

static char block[BLOCK];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count < 0)
			die("write");
		bytes += count;
		length -= (size_t)count;
	}
}

/* ---- in the guest ---- */

static void send_back(int fd)
{
	ssize_t count;

	while ((count = read(fd, block, sizeof(block))) > 0)
		write_all(fd, block, (size_t)count);
}

/* What was read and is not written yet. */
struct flow {
	int from, to;
	char bytes[BLOCK];
	size_t start, end;
	int ended;
};

static void flow_go(struct flow *flow)
{
	if (flow->start == flow->end && !flow->ended) {
		ssize_t count = read(flow->from, flow->bytes, BLOCK);
		flow->start = 0;
		flow->end = count > 0 ? (size_t)count : 0;
		flow->ended = count == 0;
	}
	if (flow->start < flow->end) {
		ssize_t count = write(flow->to, flow->bytes + flow->start, flow->end - flow->start);
		if (count < 0 && errno != EAGAIN)
			die("write");
		flow->start += count > 0 ? (size_t)count : 0;
	}
}

/* The least that gives a program pipes: one process between them and the stream. */
static void relay(int fd)
{
	static struct flow in, out;
	posix_spawn_file_actions_t actions;
	char *const argv[] = {"cat", NULL};
	int in_pipe[2], out_pipe[2];
	pid_t pid;

	if (pipe2(in_pipe, O_CLOEXEC) < 0 || pipe2(out_pipe, O_CLOEXEC) < 0)
		die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, in_pipe[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out_pipe[1], 1);
	if (posix_spawn(&pid, "/bin/cat", &actions, NULL, argv, NULL) != 0)
		die("spawn");
	close(in_pipe[0]);
	close(out_pipe[1]);
	in = (struct flow){.from = fd, .to = in_pipe[1]};
	out = (struct flow){.from = out_pipe[0], .to = fd};
	for (int i = 0; i < 2; i++) {
		int each[] = {fd, i == 0 ? in.to : out.from};
		for (int k = 0; k < 2; k++)
			fcntl(each[k], F_SETFL, fcntl(each[k], F_GETFL) | O_NONBLOCK);
	}
	while (!out.ended) {
		struct pollfd ready[4] = {
			{.fd = in.start == in.end && !in.ended ? in.from : -1, .events = POLLIN},
			{.fd = in.start < in.end ? in.to : -1, .events = POLLOUT},
			{.fd = out.start == out.end ? out.from : -1, .events = POLLIN},
			{.fd = out.start < out.end ? out.to : -1, .events = POLLOUT},
		};
		if (poll(ready, 4, -1) < 0)
			die("poll");
		if (in.to >= 0 && (ready[0].revents || ready[1].revents))
			flow_go(&in);
		if (ready[2].revents || ready[3].revents)
			flow_go(&out);
		if (in.ended && in.to >= 0) {
			close(in.to);
			in.to = -1;
		}
	}
	close(out.from);
	waitpid(pid, NULL, 0);
}

static void spawn_true(int fd)
{
	char *const argv[] = {"true", NULL};
	char byte;
	pid_t pid;

	while (read(fd, &byte, 1) == 1) {
		if (posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) != 0)
			die("spawn");
		waitpid(pid, NULL, 0);
		write_all(fd, &byte, 1);
	}
}

/* One connection after the other. */
static void serve_all(
	int listening, const struct sockaddr *address, socklen_t length, void (*serve)(int fd))
{
	if (bind(listening, address, length) < 0 || listen(listening, 16) < 0)
		die("listen");
	puts("up");
	fflush(stdout);
	for (;;) {
		int fd = accept(listening, NULL, NULL);
		if (fd < 0)
			die("accept");
		serve(fd);
		close(fd);
	}
}

static void serve_port(unsigned int port, void (*serve)(int fd))
{
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port};
	int listening = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (listening < 0)
		die("vsock");
	serve_all(listening, (const struct sockaddr *)&address, sizeof(address), serve);
}

/* ---- without a guest ---- */

static void line_read(int fd)
{
	for (char byte = 0; byte != '\n';)
		if (read(fd, &byte, 1) != 1)
			die("no line");
}

/* As the vsock device's sockets are answered. */
static void serve_hybrid(int fd)
{
	line_read(fd);
	write_all(fd, "OK 6000\n", 8);
	spawn_true(fd);
}

static void serve_path(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (listening < 0)
		die(path);
	serve_all(listening, (const struct sockaddr *)&address, sizeof(address), serve_hybrid);
}

/* ---- on the host ---- */

static int dial(const char *path, unsigned int port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char line[32];
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	write_all(fd, line, (size_t)snprintf(line, sizeof(line), "CONNECT %u\n", port));
	line_read(fd);
	return fd;
}

/* Ends the stream's one half, as a program that has said all does. */
static void there_and_back(int fd, size_t bytes)
{
	static char back[BLOCK];
	size_t sent = 0;
	size_t got = 0;

	while (got < bytes) {
		struct pollfd ready = {.fd = fd, .events = POLLIN | (sent < bytes ? POLLOUT : 0)};
		if (poll(&ready, 1, -1) < 0)
			die("poll");
		if (ready.revents & POLLOUT) {
			size_t length = bytes - sent < BLOCK ? bytes - sent : BLOCK;
			ssize_t count = send(fd, block, length, MSG_DONTWAIT);
			sent += count > 0 ? (size_t)count : 0;
			if (sent == bytes)
				shutdown(fd, SHUT_WR);
		}
		if (ready.revents & POLLIN) {
			ssize_t count = read(fd, back, sizeof(back));
			if (count <= 0)
				die("the stream ended");
			got += (size_t)count;
		}
	}
}

static void pair(size_t bytes, void (*answer)(int fd))
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		die("socketpair");
	if (fork() == 0) {
		close(fds[0]);
		answer(fds[1]);
		_exit(0);
	}
	close(fds[1]);
	there_and_back(fds[0], bytes);
	close(fds[0]);
	wait(NULL);
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "";

	if (getpid() == 1) {
		reboot(RB_POWER_OFF);
	} else if (strcmp(mode, "serve") == 0 && argc == 3) {
		serve_path(argv[2]);
	} else if (strcmp(mode, "serve") == 0) {
		if (fork() == 0)
			serve_port(PORT_ECHO, send_back);
		if (fork() == 0)
			serve_port(PORT_RELAY, relay);
		serve_port(PORT_SPAWN, spawn_true);
	} else if (strcmp(mode, "spawn") == 0 && argc == 3) {
		int fd = dial(argv[2], PORT_SPAWN);
		char byte = 0;
		write_all(fd, &byte, 1);
		return read(fd, &byte, 1) == 1 ? 0 : 1;
	} else if (strcmp(mode, "echo") == 0 && argc == 4) {
		there_and_back(dial(argv[2], PORT_ECHO), strtoul(argv[3], NULL, 10));
	} else if (strcmp(mode, "relay") == 0 && argc == 4) {
		there_and_back(dial(argv[2], PORT_RELAY), strtoul(argv[3], NULL, 10));
	} else if (strcmp(mode, "pair") == 0 && argc == 3) {
		pair(strtoul(argv[2], NULL, 10), send_back);
	} else if (strcmp(mode, "pair-relay") == 0 && argc == 3) {
		pair(strtoul(argv[2], NULL, 10), relay);
	} else {
		fputs("usage: floor serve [PATH] | spawn PATH | {echo | relay} PATH BYTES | {pair "
		      "| "
		      "pair-relay} BYTES\n",
			stderr);
		return 2;
	}
	return 0;
}
