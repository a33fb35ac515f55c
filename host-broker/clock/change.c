#include "host-broker/clock/change.h"

#include <errno.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

/* In 2255: it never goes off by itself, and fits what the kernel counts in. */
#define NEVER_S 9000000000

static int clock_change_arm(int fd)
{
	const struct itimerspec never = {.it_value.tv_sec = NEVER_S};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

int clock_change_open(void)
{
	_cleanup_close_ int fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	int code = clock_change_arm(fd);
	return code < 0 ? code : steal_fd(&fd);
}

bool clock_change_take(int fd)
{
	uint64_t count;
	bool jumped = read(fd, &count, sizeof(count)) < 0 && errno == ECANCELED;

	if (jumped)
		clock_change_arm(fd);
	return jumped;
}
