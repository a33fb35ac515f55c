#include "guest-agent/pam/logind.h"

#include <poll.h>
#include <unistd.h>

/* It writes the file when it can be asked. */
#define LOGIND_RUNS "/run/systemd/seats/seat0"
/* vmsilo-early-init listens at the user's bus. */
#define BUS_IS_HELD "/run/vmsilo/user-bus"
#define WAIT_STEP_MS 500
#define WAIT_STEPS 240 /* two minutes: then this system has none */

bool logind_runs(void)
{
	return access(LOGIND_RUNS, F_OK) == 0;
}

int logind_session_describe(pam_handle_t *pam)
{
	/* One of this class does not wait for the user's service manager, which comes when somebody
	 * connects to the bus. */
	return access(BUS_IS_HELD, F_OK) == 0
		       ? pam_putenv(pam, "XDG_SESSION_CLASS=background-light")
		       : PAM_SUCCESS;
}

bool logind_wait(int program_fd)
{
	struct pollfd end = {.fd = program_fd, .events = POLLIN};

	for (int step = 0; step < WAIT_STEPS; step++) {
		if (logind_runs())
			return true;
		if (poll(&end, 1, WAIT_STEP_MS) > 0)
			return false;
	}
	return false;
}
