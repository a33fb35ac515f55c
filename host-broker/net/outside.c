#include "host-broker/net/outside.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/pasta.h"
#include "host-broker/net/veth.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

struct outside {
	const struct outside_options *options;
	pid_t child; /* 0: it has ended, */
	int status;  /* so */
	struct pasta pasta;
	struct veth veth;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* pasta finds the namespaces by a number of ours. */
int outside_prepare(struct error *error)
{
	if (getpid() != 1)
		return 0;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return error_set(error, -errno, "cannot mount /proc for its own processes: %s",
			uv_strerror(-errno));
	return 0;
}

/* ---- the way out ---- */

static int way_make(struct outside *outside, const struct outside_hello *hello)
{
	struct error error = {0};

	if (!outside->options->veth) {
		outside->pasta.anchor = hello->anchor;
		return 0;
	}
	int code = veth_make(&outside->veth, hello->self, &error);
	if (code < 0)
		log_error(NULL, "networks have no way out: %s", error.text);
	return code;
}

static int hello_take(struct outside *outside, int socket)
{
	struct outside_hello hello;
	struct outside_ready ready = {.done = true};

	if (recv(socket, &hello, sizeof(hello), 0) != (ssize_t)sizeof(hello))
		return UV_EOF;
	if (way_make(outside, &hello) < 0)
		return UV_EIO;
	ready.ipv6 = outside->veth.ipv6;
	return send(socket, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- children ---- */

static void children_reap(struct outside *outside)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		pasta_ended(&outside->pasta, pid, status, now_ms());
		if (pid == outside->child) {
			outside->child = 0;
			outside->status = status;
		}
	}
}

static void signal_take(struct outside *outside, int signals)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGTERM && outside->child)
		kill(outside->child, SIGTERM);
	children_reap(outside);
}

static void outside_wait(struct outside *outside, int signals)
{
	struct pollfd wanted = {.fd = signals, .events = POLLIN};
	int timeout = outside->pasta.anchor ? pasta_keep(&outside->pasta, now_ms()) : -1;

	if (poll(&wanted, 1, timeout) > 0)
		signal_take(outside, signals);
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -1 : signalfd(-1, &set, SFD_CLOEXEC);
}

static int outside_loop(struct outside *outside, int socket)
{
	_cleanup_close_ int signals = signals_open();

	if (signals < 0)
		return UV_EMFILE;
	int code = hello_take(outside, socket);
	children_reap(outside);
	if (code < 0 && outside->child)
		kill(outside->child, SIGKILL);
	while (outside->child)
		outside_wait(outside, signals);
	return code;
}

int outside_run(const struct outside_options *options, pid_t child, int socket)
{
	struct outside outside = {
		.options = options, .child = child, .pasta = {.program = options->pasta}};
	struct error error = {0};
	int code = options->veth ? veth_open(&outside.veth, &error) : 0;

	if (code < 0) {
		log_error(NULL, "networks have no way out: %s", error.text);
		kill(child, SIGKILL);
		return 1;
	}
	code = outside_loop(&outside, socket);
	pasta_finish(&outside.pasta);
	if (options->veth)
		veth_close(&outside.veth);
	return code == 0 && WIFEXITED(outside.status) ? WEXITSTATUS(outside.status) : 1;
}
