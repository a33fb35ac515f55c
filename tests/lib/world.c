#include "tests/lib/world.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NS_IN_MS UINT64_C(1000000)
#define NS_IN_S UINT64_C(1000000000)
#define FDS_LOOKED_AT 48

static struct world *world;
static uint64_t passed_ns = NS_IN_S; /* never 0: that stands for no time in places */

static void fail(const char *what)
{
	fprintf(stderr, "world: %s\n", what);
	abort();
}

/* How many descriptors are open at or above fd, of those that a target may come to use. */
static int fds_open(int fd)
{
	struct pollfd fds[FDS_LOOKED_AT];
	struct timespec none = {0};
	int count = 0;

	for (int i = 0; i < FDS_LOOKED_AT; i++)
		fds[i] = (struct pollfd){.fd = fd + i};
	if (syscall(SYS_ppoll, fds, FDS_LOOKED_AT, &none, NULL, 8) < 0)
		fail("the descriptors cannot be counted");
	for (int i = 0; i < FDS_LOOKED_AT; i++)
		count += !(fds[i].revents & POLLNVAL);
	return count;
}

static int fd_lowest(void)
{
	int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		close(fd);
	return fd;
}

void world_begin(struct world *new_world, bool (*on_wait)(void *data), void *data)
{
	static bool prepared;
	uv_loop_t loop;

	/* What libuv opens once in a process. */
	if (!prepared && (uv_loop_init(&loop) < 0 || uv_loop_close(&loop) < 0))
		fail("no loop can be made");
	prepared = true;
	*new_world = (struct world){.on_wait = on_wait, .data = data, .lowest_fd = fd_lowest()};
	new_world->over = !on_wait;
	new_world->fds = fds_open(new_world->lowest_fd);
	world = new_world;
}

void world_end(struct world *old_world)
{
	world = NULL;
	if (fds_open(old_world->lowest_fd) != old_world->fds)
		fail("a descriptor was left open");
}

void world_pass(uint64_t ms)
{
	passed_ns += ms * NS_IN_MS;
}

void world_run(uv_loop_t *loop)
{
	uv_run(loop, UV_RUN_DEFAULT);
	if (uv_loop_close(loop) != 0)
		fail("a handle was left open");
}

void world_lead(struct world *led)
{
	led->over = true;
}

void world_turn(uv_loop_t *loop)
{
	uv_run(loop, UV_RUN_NOWAIT);
}

/* Something happens, if there is anything left to happen. */
static void step(void)
{
	if (!world->over && !world->on_wait(world->data))
		world->over = true;
	else if (world->over && ++world->turns > WORLD_TURNS_MAX)
		fail("it never comes to rest");
}

/* Whether a wait that found nothing is over. */
static bool deadline_reached(int timeout, uint64_t began_ns)
{
	uint64_t deadline_ns = began_ns + (uint64_t)timeout * NS_IN_MS;

	if (timeout == 0 || (timeout > 0 && passed_ns >= deadline_ns))
		return true;
	if (!world->over)
		return false;
	if (timeout < 0)
		fail("it waits for ever");
	passed_ns = deadline_ns;
	return true;
}

static int wait_epoll(
	int epoll, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	uint64_t began_ns = passed_ns;

	if (!world)
		return (int)syscall(SYS_epoll_pwait, epoll, events, count, timeout, mask, 8);
	for (;;) {
		step();
		int ready = (int)syscall(SYS_epoll_pwait, epoll, events, count, 0, mask, 8);
		if (ready != 0 || deadline_reached(timeout, began_ns))
			return ready;
	}
}

static int wait_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	struct timespec limit = {.tv_sec = timeout / 1000, .tv_nsec = timeout % 1000 * 1000000L};
	uint64_t began_ns = passed_ns;

	if (!world)
		return (int)syscall(SYS_ppoll, fds, count, timeout < 0 ? NULL : &limit, NULL, 8);
	for (;;) {
		struct timespec none = {0};
		step();
		int ready = (int)syscall(SYS_ppoll, fds, count, &none, NULL, 8);
		if (ready != 0 || deadline_reached(timeout, began_ns))
			return ready;
	}
}

/* ---- the C library's ---- */

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
	return wait_epoll(epoll, events, count, timeout, NULL);
}

int epoll_pwait(int epoll, struct epoll_event *events, int count, int timeout, const sigset_t *mask)
{
	return wait_epoll(epoll, events, count, timeout, mask);
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	return wait_poll(fds, count, timeout);
}

/* What poll() becomes with _FORTIFY_SOURCE, where alone it is declared. */
#if __USE_FORTIFY_LEVEL == 0
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size);
#endif
int __poll_chk(struct pollfd *fds, nfds_t count, int timeout, size_t size)
{
	if (size / sizeof(*fds) < count)
		fail("poll() has more descriptors than there are");
	return wait_poll(fds, count, timeout);
}

int clock_gettime(clockid_t clock, struct timespec *ret)
{
	if (!world || clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
		clock == CLOCK_PROCESS_CPUTIME_ID || clock == CLOCK_THREAD_CPUTIME_ID)
		return (int)syscall(SYS_clock_gettime, clock, ret);
	*ret = (struct timespec){
		.tv_sec = (time_t)(passed_ns / NS_IN_S), .tv_nsec = (long)(passed_ns % NS_IN_S)};
	return 0;
}
