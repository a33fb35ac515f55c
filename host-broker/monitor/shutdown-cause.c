#include "host-broker/monitor/shutdown-cause.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

enum monitor_end shutdown_cause_end(const char *reason)
{
	static const struct {
		const char *reason;
		enum monitor_end end;
	} causes[] = {
		{"guest-shutdown", MONITOR_END_POWERED_OFF},
		{"guest-reset", MONITOR_END_RESET},
		{"subsystem-reset", MONITOR_END_RESET},
		{"host-qmp-system-reset", MONITOR_END_RESET},
		{"snapshot-load", MONITOR_END_RESET},
		{"guest-panic", MONITOR_END_PANICKED},
		{"host-signal", MONITOR_END_SIGNAL},
		{"host-qmp-quit", MONITOR_END_QUIT},
		{"host-ui", MONITOR_END_QUIT},
		{"host-error", MONITOR_END_ERROR},
		{"none", MONITOR_END_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (strcmp(causes[i].reason, reason) == 0)
			return causes[i].end;
	return MONITOR_END_UNKNOWN;
}

/* What crashes is killed by other signals. */
enum monitor_end shutdown_cause_of_status(int status)
{
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP
		       ? MONITOR_END_KILLED
		       : MONITOR_END_UNKNOWN;
}

const char *shutdown_cause_words(enum monitor_end end)
{
	switch (end) {
	case MONITOR_END_POWERED_OFF:
		return "the guest powered itself off";
	case MONITOR_END_RESET:
		return "the guest reset itself: a reboot, or a kernel panic";
	case MONITOR_END_PANICKED:
		return "the guest's kernel panicked";
	case MONITOR_END_SIGNAL:
		return "a process on the host sent it a signal to end";
	case MONITOR_END_QUIT:
		return "somebody on the host told it to quit";
	case MONITOR_END_ERROR:
		return "it had an internal error";
	case MONITOR_END_UNKNOWN:
	case MONITOR_END_KILLED:
		break;
	}
	return NULL;
}
