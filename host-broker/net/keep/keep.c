#include "host-broker/net/keep/keep.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/signals.h"

static void rest(struct kept *kept, uint64_t now_ms)
{
	if (kept->rest_ms == 0 || now_ms - kept->started_ms > KEEP_GOOD_MS)
		kept->rest_ms = KEEP_REST_FIRST_MS;
	else if (kept->rest_ms < KEEP_REST_MAX_MS)
		kept->rest_ms *= 2;
	kept->due_ms = now_ms + kept->rest_ms;
}

static void child_start(struct kept *kept, uint64_t now_ms)
{
	kept->started_ms = now_ms;
	kept->pid = fork();
	if (kept->pid == 0) {
		signals_reset();
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		kept->run(kept->data);
		_exit(1);
	}
	if (kept->pid < 0) {
		kept->pid = 0;
		rest(kept, now_ms);
	}
}

int keep(struct kept *kept, uint64_t now_ms)
{
	if (!kept->name || kept->pid)
		return -1;
	if (now_ms >= kept->due_ms)
		child_start(kept, now_ms);
	return kept->pid ? -1 : (int)(kept->due_ms - now_ms);
}

void keep_ended(struct kept *kept, pid_t pid, int status, uint64_t now_ms)
{
	bool killed = WIFSIGNALED(status);

	if (pid != kept->pid)
		return;
	kept->pid = 0;
	if (kept->again) {
		kept->again = false;
		return;
	}
	rest(kept, now_ms);
	log_warning(NULL, "%s %s %d: %s until it runs again, in %u ms", kept->name,
		killed ? "was killed by signal" : "exited with status",
		killed ? WTERMSIG(status) : WEXITSTATUS(status), kept->consequence, kept->rest_ms);
}

void keep_again(struct kept *kept)
{
	kept->rest_ms = 0;
	kept->due_ms = 0;
	if (!kept->pid)
		return;
	kept->again = true;
	kill(kept->pid, SIGKILL);
}

void keep_finish(struct kept *kept)
{
	if (!kept->pid)
		return;
	kill(kept->pid, SIGKILL);
	while (waitpid(kept->pid, NULL, 0) < 0 && errno == EINTR)
		;
	kept->pid = 0;
}
