#include "host-broker/monitor/end.h"

#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

/* What crashes is killed by other signals. */
enum monitor_end monitor_end_of_status(int status)
{
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP
		       ? MONITOR_END_KILLED
		       : MONITOR_END_UNKNOWN;
}

const char *monitor_end_words(enum monitor_end end)
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
