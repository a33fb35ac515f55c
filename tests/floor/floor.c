/*
 * The bare floor that tests/bench measures against: the least that any implementation would do. One
 * static program:
 *
 *   (as process 1)     power off at once
 *   serve              in the guest: port 6000 spawns /bin/true for each byte, port 6001 sends back
 * what comes spawn PATH         on the host, over the VM's vsock at PATH: one connection, one round
 * trip echo PATH BYTES    likewise: so many bytes there and back, 64 KiB at a time pair BYTES the
 * same through a socket pair and a process that sends back
 */
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

static void serve_port(unsigned int port, void (*serve)(int fd))
{
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY, .svm_port = port};
	int listening = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (listening < 0 ||
		bind(listening, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listening, 16) < 0)
		die("vsock");
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
	for (char byte = 0; byte != '\n';)
		if (read(fd, &byte, 1) != 1)
			die("no OK");
	return fd;
}

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
		}
		if (ready.revents & POLLIN) {
			ssize_t count = read(fd, back, sizeof(back));
			if (count <= 0)
				die("the stream ended");
			got += (size_t)count;
		}
	}
}

static void pair(size_t bytes)
{
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		die("socketpair");
	if (fork() == 0) {
		close(fds[0]);
		send_back(fds[1]);
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
	} else if (strcmp(mode, "serve") == 0) {
		if (fork() == 0)
			serve_port(PORT_ECHO, send_back);
		serve_port(PORT_SPAWN, spawn_true);
	} else if (strcmp(mode, "spawn") == 0 && argc == 3) {
		int fd = dial(argv[2], PORT_SPAWN);
		char byte = 0;
		write_all(fd, &byte, 1);
		return read(fd, &byte, 1) == 1 ? 0 : 1;
	} else if (strcmp(mode, "echo") == 0 && argc == 4) {
		there_and_back(dial(argv[2], PORT_ECHO), strtoul(argv[3], NULL, 10));
	} else if (strcmp(mode, "pair") == 0 && argc == 3) {
		pair(strtoul(argv[2], NULL, 10));
	} else {
		fputs("usage: floor serve | spawn PATH | echo PATH BYTES | pair BYTES\n", stderr);
		return 2;
	}
	return 0;
}
