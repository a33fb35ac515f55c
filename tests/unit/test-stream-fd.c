/* What others share stays as it is, and nothing blocks, for each kind of descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "proto/session/stream-fd.h"
#include "tests/lib/test.h"

static int flags_of(int fd)
{
	return fcntl(fd, F_GETFL);
}

/* A terminal's bytes go on their way by themselves: what is to come is waited for. */
static bool is_ready_within(const struct stream_fd *stream, int timeout_ms)
{
	struct pollfd poll_fd = {.fd = stream->watched_fd,
		.events = stream->events == UV_WRITABLE ? POLLOUT : POLLIN};

	return poll(&poll_fd, 1, timeout_ms) > 0;
}

static bool is_ready(const struct stream_fd *stream)
{
	return is_ready_within(stream, 10000);
}

/* Reads from in what is written to out, and never waits; the end comes when out is closed. */
static void read_all(int in, int out, enum stream_kind kind)
{
	struct stream_fd stream;
	int before = flags_of(in);
	char text[16];

	assert_int_equal(stream_fd_open(&stream, in, false), 0);
	assert_int_equal(stream.kind, kind);
	assert_false(is_ready_within(&stream, 0));
	assert_int_equal(stream_fd_read(&stream, text, sizeof(text)), UV_EAGAIN);
	assert_int_equal(write(out, "abc\n", 4), 4);
	assert_true(is_ready(&stream));
	assert_int_equal(stream_fd_read(&stream, text, sizeof(text)), 4);
	assert_memory_equal(text, "abc\n", 4);
	assert_int_equal(stream_fd_read(&stream, text, sizeof(text)), UV_EAGAIN);
	close(out);
	assert_true(is_ready(&stream));
	assert_true(stream_fd_read(&stream, text, sizeof(text)) <= 0);
	assert_int_equal(flags_of(in), before);
	stream_fd_close(&stream);
	assert_int_equal(flags_of(in), before);
	close(in);
}

/* Writes until it takes no more, all of which arrives; then nobody reads. */
static void write_all(int out, int in, enum stream_kind kind)
{
	static char chunk[65536];
	struct stream_fd stream;
	int before = flags_of(out);
	size_t sent = 0, got = 0;
	ssize_t count;

	memset(chunk, 'x', sizeof(chunk));
	assert_int_equal(stream_fd_open(&stream, out, true), 0);
	assert_int_equal(stream.kind, kind);
	assert_true(is_ready(&stream));
	do {
		count = stream_fd_write(&stream, chunk, sizeof(chunk));
		assert_true(count >= 0);
		sent += (size_t)count;
	} while (count > 0 || is_ready_within(&stream, 20));
	while (got < sent) {
		count = read(in, chunk, sizeof(chunk));
		assert_true(count > 0);
		got += (size_t)count;
	}
	assert_true(is_ready(&stream));
	assert_int_equal(stream_fd_write(&stream, "y", 1), 1);
	assert_int_equal(flags_of(out), before);
	close(in);
	assert_true(stream_fd_write(&stream, "z", 1) < 0);
	stream_fd_close(&stream);
	assert_int_equal(flags_of(out), before);
	close(out);
}

static void pipe_make(int fds[2])
{
	assert_int_equal(pipe(fds), 0);
}

static void test_pipes(void **state)
{
	int fds[2];

	(void)state;
	pipe_make(fds);
	read_all(fds[0], fds[1], STREAM_OWN);
	pipe_make(fds);
	write_all(fds[1], fds[0], STREAM_OWN);
}

static void test_sockets(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	read_all(fds[0], fds[1], STREAM_SOCKET);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	write_all(fds[1], fds[0], STREAM_SOCKET);
}

static void terminal_make(int *master, int *slave)
{
	struct termios modes;

	assert_int_equal(openpty(master, slave, NULL, NULL, NULL), 0);
	assert_int_equal(tcgetattr(*slave, &modes), 0);
	cfmakeraw(&modes);
	assert_int_equal(tcsetattr(*slave, TCSANOW, &modes), 0);
}

static void test_terminals(void **state)
{
	int master, slave;

	(void)state;
	terminal_make(&master, &slave);
	read_all(slave, master, STREAM_OWN);
	terminal_make(&master, &slave);
	write_all(slave, master, STREAM_OWN);
	/* A master cannot be opened again: that would be another terminal's. */
	terminal_make(&master, &slave);
	read_all(master, slave, STREAM_SHARED);
}

/* The pipe is another's, whom we may not open it again for. */
static void as_another(void (*body)(int in, int out))
{
	int fds[2];
	int status;

	pipe_make(fds);
	pid_t pid = fork();
	if (pid == 0) {
		assert_int_equal(setresuid(65534, 65534, 65534), 0);
		body(fds[0], fds[1]);
		exit(0);
	}
	close(fds[0]);
	close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void read_shared(int in, int out)
{
	read_all(in, out, STREAM_SHARED);
}

static void write_shared(int in, int out)
{
	write_all(out, in, STREAM_SHARED);
}

static void test_what_cannot_be_opened_again(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	signal(SIGPIPE, SIG_IGN);
	as_another(read_shared);
	as_another(write_shared);
}

/* Its writer has come and gone before we begin. */
static void test_a_fifo_without_its_writer(void **state)
{
	char folder[] = "/tmp/vmsilo-test-XXXXXX", path[64], text[16];
	struct stream_fd stream;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fifo", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	int in = open(path, O_RDONLY | O_NONBLOCK), out = open(path, O_WRONLY);
	assert_int_equal(fcntl(in, F_SETFL, 0), 0);
	assert_int_equal(write(out, "abc", 3), 3);
	close(out);
	assert_int_equal(stream_fd_open(&stream, in, false), 0);
	assert_int_equal(stream_fd_read(&stream, text, sizeof(text)), 3);
	assert_true(is_ready(&stream)); /* the end */
	assert_int_equal(stream_fd_read(&stream, text, sizeof(text)), 0);
	assert_int_equal(flags_of(in) & O_NONBLOCK, 0);
	stream_fd_close(&stream);
	close(in);
	unlink(path);
	rmdir(folder);
}

static void test_files(void **state)
{
	struct stream_fd stream;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_int_equal(stream_fd_open(&stream, fd, true), 0);
	assert_int_equal(stream.kind, STREAM_FILE);
	assert_int_equal(stream_fd_write(&stream, "x", 1), UV_ENOSPC);
	stream_fd_close(&stream);
	assert_true(flags_of(fd) >= 0); /* still the caller's */
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_sockets),
		cmocka_unit_test(test_terminals),
		cmocka_unit_test(test_what_cannot_be_opened_again),
		cmocka_unit_test(test_a_fifo_without_its_writer),
		cmocka_unit_test(test_files),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
