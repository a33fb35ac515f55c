#include "proto/host/standard-fds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define NULL_DEVICE makedev(1, 3)

/* The direction in which it is of no use. */
static int held_flags(int fd)
{
	return fd == STDIN_FILENO ? O_WRONLY : O_RDONLY;
}

int standard_fds_hold(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", held_flags(fd)) != fd)
			return -errno;
	return 0;
}

static bool is_held(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == NULL_DEVICE && (fcntl(fd, F_GETFL) & O_ACCMODE) == held_flags(fd);
}

int standard_fds_fill(void)
{
	for (int fd = 0; fd < 3; fd++) {
		if (!is_held(fd))
			continue;
		close(fd);
		if (open("/dev/null", O_RDWR) != fd)
			return -errno;
	}
	return 0;
}

static bool reader_is_gone(void)
{
	struct pollfd poll_fd = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLERR);
}

int standard_output_finish(const char *program)
{
	/* Why an earlier write failed, stdio has forgotten. */
	bool lost = ferror(stdout);
	int error = 0;

	if (fflush(stdout) != 0)
		error = errno;
	bool gone = error == EPIPE || (lost && reader_is_gone());
	/* A disk far away may say so only when a file is closed. */
	int copy = dup(STDOUT_FILENO);
	if (copy >= 0 && close(copy) < 0 && error == 0)
		error = errno;
	if ((error == 0 && !lost) || gone)
		return 0;
	fprintf(stderr, "%s: cannot write to stdout: %s\n", program,
		error ? strerror(error) : "not all of the output could be written");
	return 1;
}
