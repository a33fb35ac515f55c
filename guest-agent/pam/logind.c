#include "guest-agent/pam/logind.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest-agent/pam/conversation.h"

/* It writes the file when it can be asked. */
#define LOGIND_RUNS "/run/systemd/seats/seat0"
/* vmsilo-early-init listens at the user's bus. */
#define BUS_IS_HELD "/run/vmsilo/user-bus"
#define CGROUPS "/sys/fs/cgroup"
#define WAIT_STEP_MS 500
#define WAIT_STEPS 240 /* two minutes: then this system has none */
#define MOVE_ROUNDS 8  /* new ones may come while the others move */

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

static bool wait_for_logind(int program_fd)
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

/* The list of processes of our own group: "0::/PATH" (cgroups(7)). */
static bool own_group(char ret[PATH_MAX])
{
	char line[PATH_MAX];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3) == 0;

	if (file)
		fclose(file);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return snprintf(ret, PATH_MAX, CGROUPS "%s/cgroup.procs", line + 3) < PATH_MAX;
}

/* Returns whether there was any. */
static bool group_move(const char *from, const char *to)
{
	FILE *list = fopen(from, "re");
	bool any = false;
	char pid[32];

	while (list && fgets(pid, sizeof(pid), list)) {
		FILE *target = fopen(to, "we");
		any = true;
		if (target) {
			fputs(pid, target);
			fclose(target); /* one that has ended meanwhile is no loss */
		}
	}
	if (list)
		fclose(list);
	return any;
}

pam_handle_t *logind_join(const char *user, int program_fd)
{
	char before[PATH_MAX], after[PATH_MAX];
	pam_handle_t *pam = NULL;

	if (!wait_for_logind(program_fd) || !own_group(before) ||
		pam_start("vmsilo-logind", user, &conversation_none, &pam) != PAM_SUCCESS)
		return NULL;
	int code = logind_session_describe(pam);
	if (code == PAM_SUCCESS)
		code = pam_open_session(pam, PAM_SILENT);
	if (code != PAM_SUCCESS) {
		pam_end(pam, code);
		return NULL;
	}
	if (own_group(after) && strcmp(before, after) != 0)
		for (int round = 0; round < MOVE_ROUNDS && group_move(before, after); round++)
			continue;
	return pam;
}
