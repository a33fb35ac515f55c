/* Preloaded into a broker under test, or into a test guest's monitor: the time of day is off by as
 * many seconds as the file $VMSILO_TEST_CLOCK says. Other clocks are as they are, and so are the
 * broker's children. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

__attribute__((constructor)) static void children_spare(void)
{
	unsetenv("LD_PRELOAD");
}

static long shift_read(void)
{
	const char *path = getenv("VMSILO_TEST_CLOCK");
	char text[32];
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0)
		return 0;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	return strtol(text, NULL, 10);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	int code = (int)syscall(SYS_clock_gettime, clock, ret);

	if (code == 0 && clock == CLOCK_REALTIME)
		ret->tv_sec += shift_read();
	return code;
}

/* As QEMU reads the clock of its machine. */
int gettimeofday(struct timeval *ret, void *zone)
{
	struct timespec now;
	int code = clock_gettime(CLOCK_REALTIME, &now);

	(void)zone;
	*ret = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
	return code;
}
