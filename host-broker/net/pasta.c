#include "host-broker/net/pasta.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/net/rules.h"
#include "proto/base/log.h"
#include "proto/base/signals.h"

#define ARGUMENTS_MAX 40
#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number

/* Every forwarding off: by default the guest would reach the host's own loopback. The addresses
 * are ours, whatever the host's are: it may lose or change them. */
static _Noreturn void pasta_run(const struct pasta *pasta)
{
	char pid[16], user[32];
	const char *argv[ARGUMENTS_MAX] = {pasta->program, "--foreground", "--quiet",
		"--config-net", "--no-map-gw", "-t", "none", "-u", "none", "-T", "none", "-U",
		"none", "--ns-ifname", NET_OUT, "-a", NET_OUT_OWN4, "-n", TEXT(NET_OUT_LENGTH4),
		"-g", NET_OUT_HOST4, "-a", NET_OUT_OWN6, "-g", NET_OUT_HOST6};
	size_t count = 0;

	while (argv[count])
		count++;
	snprintf(pid, sizeof(pid), "%d", (int)pasta->anchor);
	snprintf(user, sizeof(user), "%u:%u", geteuid(), getegid());
	/* By itself it would become a user who may not enter the namespaces. */
	if (geteuid() == 0) {
		argv[count++] = "--runas";
		argv[count++] = user;
	}
	argv[count] = pid;
	signals_reset();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "vmsilo-net: cannot run %s: %m\n", argv[0]);
	_exit(127);
}

static void pasta_rest(struct pasta *pasta, uint64_t now_ms)
{
	if (pasta->rest_ms == 0 || now_ms - pasta->started_ms > PASTA_GOOD_MS)
		pasta->rest_ms = PASTA_REST_FIRST_MS;
	else if (pasta->rest_ms < PASTA_REST_MAX_MS)
		pasta->rest_ms *= 2;
	pasta->due_ms = now_ms + pasta->rest_ms;
}

int pasta_keep(struct pasta *pasta, uint64_t now_ms)
{
	if (pasta->pid)
		return -1;
	if (now_ms < pasta->due_ms)
		return (int)(pasta->due_ms - now_ms);
	pasta->started_ms = now_ms;
	pasta->pid = fork();
	if (pasta->pid == 0)
		pasta_run(pasta);
	if (pasta->pid > 0)
		return -1;
	pasta->pid = 0;
	pasta_rest(pasta, now_ms);
	return (int)pasta->rest_ms;
}

void pasta_ended(struct pasta *pasta, pid_t pid, int status, uint64_t now_ms)
{
	if (pid != pasta->pid)
		return;
	pasta->pid = 0;
	pasta_rest(pasta, now_ms);
	log_warning(NULL, "%s ended (%s %d): VMs have no way out until it runs again, in %u ms",
		pasta->program, WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status), pasta->rest_ms);
}

void pasta_finish(struct pasta *pasta)
{
	if (pasta->pid)
		kill(pasta->pid, SIGKILL);
}
