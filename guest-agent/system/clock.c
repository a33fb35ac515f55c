#include "guest-agent/system/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/random.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int64_t clock_step_ms(uint64_t now_ns, uint64_t wanted_ns)
{
	/* Both are below 2^63, so that the difference fits. */
	int64_t ms = ((int64_t)wanted_ns - (int64_t)now_ns) / NS_PER_MS;

	return ms >= CLOCK_STEP_MS || ms <= -CLOCK_STEP_MS ? ms : 0;
}

int64_t clock_follow(bool allowed, uint64_t wanted_ns)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	int64_t step =
		clock_step_ms((uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec, wanted_ns);
	if (step == 0)
		return 0;
	if (!allowed) {
		log_info(NULL,
			"the clock is off by %" PRId64
			" ms; not set (run the agent with --set-clock to allow it)",
			step);
		return 0;
	}
	const struct timespec wanted = {
		.tv_sec = (time_t)(wanted_ns / NS_PER_S), .tv_nsec = (long)(wanted_ns % NS_PER_S)};
	if (clock_settime(CLOCK_REALTIME, &wanted) < 0) {
		log_warning(NULL, "the clock is off by %" PRId64 " ms, and setting it failed: %s",
			step, strerror(errno));
		return 0;
	}
	/* The broker tells of it. To a serial console each byte is some exits to the monitor, and
	 * whoever lets a paused VM run on would wait for the line. */
	log_debug(NULL, "the clock was stepped by %" PRId64 " ms", step);
	return step;
}

void clock_reseed(bool allowed, const uint8_t *entropy, size_t length)
{
	union {
		struct rand_pool_info info;
		uint8_t bytes[sizeof(struct rand_pool_info) + CLOCK_ENTROPY_MAX];
	} pool = {.info = {.entropy_count = (int)length * 8, .buf_size = (int)length}};

	if (!allowed || length == 0)
		return;
	_cleanup_close_ int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);
	memcpy(pool.bytes + offsetof(struct rand_pool_info, buf), entropy, length);
	/* Added and counted, and taken into use at once. */
	if (fd < 0 || ioctl(fd, RNDADDENTROPY, &pool) < 0 || ioctl(fd, RNDRESEEDCRNG) < 0)
		log_warning(NULL, "cannot reseed the random number generator: %s", strerror(errno));
	explicit_bzero(&pool, sizeof(pool));
}
