#include "host-broker/cli/base/daemon-defaults.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/signals.h"

/* ioprio_set(2), which has no wrapper. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_DEFAULT 0 /* as the nice value has it */

/* `ulimit -t 10` of a script is not the VMs'. */
static void limits_raise(void)
{
	static const int limits[] = {RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_AS, RLIMIT_RSS,
		RLIMIT_NPROC, RLIMIT_MEMLOCK};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;
		if (getrlimit((__rlimit_resource_t)limits[i], &limit) < 0)
			continue;
		limit.rlim_cur = limit.rlim_max;
		setrlimit((__rlimit_resource_t)limits[i], &limit);
	}
}

static void scheduling_reset(void)
{
	const struct sched_param none = {.sched_priority = 0};
	cpu_set_t all = {0};

	sched_setscheduler(0, SCHED_OTHER, &none);
	setpriority(PRIO_PROCESS, 0, 0);
	syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_DEFAULT);
	/* The kernel leaves out those that are not there, or not ours by its cpuset. */
	for (size_t i = 0; i < CPU_SETSIZE; i++)
		CPU_SET(i, &all);
	sched_setaffinity(0, sizeof(all), &all);
	prctl(PR_SET_TIMERSLACK, 0);
}

/* A browser's helpers are first to be killed, and start what they like. */
static void oom_score_reset(void)
{
	int fd = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
	char text;

	/* One that protects, as a service's may, stays. */
	if (fd >= 0 && read(fd, &text, 1) == 1 && text != '-')
		(void)!pwrite(fd, "0", 1, 0);
	if (fd >= 0)
		close(fd);
}

void daemon_defaults(void)
{
	signals_reset();
	umask(0022);
	limits_raise();
	scheduling_reset();
	oom_score_reset();
}
