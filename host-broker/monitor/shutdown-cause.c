#include "host-broker/monitor/shutdown-cause.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

enum vmm_end shutdown_cause_end(const char *reason)
{
	static const struct {
		const char *reason;
		enum vmm_end end;
	} causes[] = {
		{"guest-shutdown", VMM_END_POWERED_OFF},
		{"guest-reset", VMM_END_RESET},
		{"subsystem-reset", VMM_END_RESET},
		{"host-qmp-system-reset", VMM_END_RESET},
		{"snapshot-load", VMM_END_RESET},
		{"guest-panic", VMM_END_PANICKED},
		{"host-signal", VMM_END_SIGNAL},
		{"host-qmp-quit", VMM_END_QUIT},
		{"host-ui", VMM_END_QUIT},
		{"host-error", VMM_END_ERROR},
		{"none", VMM_END_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (strcmp(causes[i].reason, reason) == 0)
			return causes[i].end;
	return VMM_END_UNKNOWN;
}

/* What crashes is killed by other signals. */
enum vmm_end shutdown_cause_of_status(int status)
{
	int number = status != -1 && WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP
		       ? VMM_END_KILLED
		       : VMM_END_UNKNOWN;
}

const char *shutdown_cause_words(enum vmm_end end)
{
	switch (end) {
	case VMM_END_POWERED_OFF:
		return "the guest powered itself off";
	case VMM_END_RESET:
		return "the guest reset itself, as a reboot does, or a kernel that panics";
	case VMM_END_PANICKED:
		return "the guest's kernel panicked";
	case VMM_END_SIGNAL:
		return "a process of the host sent it a signal to end";
	case VMM_END_QUIT:
		return "somebody on the host told it to quit";
	case VMM_END_ERROR:
		return "it met an error of its own";
	case VMM_END_UNKNOWN:
	case VMM_END_KILLED:
		break;
	}
	return NULL;
}
