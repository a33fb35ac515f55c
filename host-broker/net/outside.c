#include "host-broker/net/outside.h"

#include <errno.h>
#include <linux/rtnetlink.h>
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

#include "host-broker/net/dns/way.h"
#include "host-broker/net/keep/keep.h"
#include "host-broker/net/pasta.h"
#include "host-broker/net/publish/ports.h"
#include "host-broker/net/route.h"
#include "host-broker/net/veth.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define OUTSIDE_TIMEOUT_MS 10000

struct outside {
	const struct outside_options *options;
	pid_t child; /* 0: it has ended, */
	int status;  /* so */
	struct pasta pasta;
	int inside, signals;  /* what it is told by */
	int fds[OUTSIDE_FDS]; /* of inside's; -1: it has none */
	struct ports *ports;
	struct kept kept_pasta, kept_relay;
	struct veth veth;
	/* Of pasta alone, which looks once, at its start, which families lead out. */
	struct nl_sock *watch; /* of the host's ways; NULL: nothing is told of them */
	bool way4, way6;       /* led out then */
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

/* ---- what both halves say ---- */

union hello_fds {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(OUTSIDE_FDS * sizeof(int))];
};

int outside_ask(
	int fd, struct outside_hello *hello, const int fds[OUTSIDE_FDS], struct outside_ready *ret)
{
	union hello_fds control = {0};
	struct iovec iov = {.iov_base = hello, .iov_len = sizeof(*hello)};
	struct msghdr message = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	struct pollfd answered = {.fd = fd, .events = POLLIN};
	size_t count = 0;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	for (int i = 0; i < OUTSIDE_FDS; i++) {
		hello->has[i] = fds[i] >= 0;
		if (hello->has[i])
			((int *)CMSG_DATA(header))[count++] = fds[i];
	}
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	message.msg_controllen = CMSG_SPACE(count * sizeof(int));
	/* The loop does not run yet, and the socket does not block any more. */
	return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof(*hello) &&
			       poll(&answered, 1, OUTSIDE_TIMEOUT_MS) == 1 &&
			       recv(fd, ret, sizeof(*ret), 0) == (ssize_t)sizeof(*ret)
		       ? 0
		       : UV_EPIPE;
}

static int hello_receive(int fd, struct outside_hello *ret, int ret_fds[OUTSIDE_FDS])
{
	union hello_fds control;
	struct iovec iov = {.iov_base = ret, .iov_len = sizeof(*ret)};
	struct msghdr message = {.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*ret))
		return UV_EOF;
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	size_t count = header && header->cmsg_type == SCM_RIGHTS
			       ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int)
			       : 0;
	for (size_t i = 0, at = 0; i < OUTSIDE_FDS; i++)
		ret_fds[i] =
			ret->has[i] && at < count ? ((const int *)CMSG_DATA(header))[at++] : -1;
	return 0;
}

/* ---- the way out ---- */

static void ways_watch(struct outside *outside)
{
	static const int groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE};
	int code = route_watch(groups, sizeof(groups) / sizeof(groups[0]), &outside->watch);

	if (code < 0)
		log_warning(NULL, "VMs may have no way out that the host has later: %s",
			uv_strerror(code));
}

/* It is watched from before the look on. */
static int pasta_keep(struct outside *outside)
{
	if (outside->kept_pasta.name && !outside->kept_pasta.pid) {
		outside->way4 = way_look(AF_INET);
		outside->way6 = way_look(AF_INET6);
	}
	return keep(&outside->kept_pasta, now_ms());
}

static int way_make(struct outside *outside, const struct outside_hello *hello)
{
	struct error error = {0};

	if (!outside->options->veth) {
		ways_watch(outside);
		outside->pasta.anchor = hello->anchor;
		outside->kept_pasta = (struct kept){.name = outside->options->pasta,
			.consequence = "VMs have no way out",
			.run = pasta_run,
			.data = &outside->pasta};
		return 0;
	}
	int code = veth_make(&outside->veth, hello->self, &error);
	if (code < 0)
		log_error(NULL, "networks have no way out: %s", error.text);
	return code;
}

static void relay_child(void *data)
{
	struct outside *outside = data;

	close(outside->inside);
	close(outside->signals);
	route_close(outside->watch);
	if (outside->veth.watch >= 0)
		close(outside->veth.watch);
	_exit(relay_run(outside->fds, outside->fds[OUTSIDE_SEEN],
		!outside->options->veth || outside->veth.ipv6));
}

static void relay_make(struct outside *outside)
{
	outside->kept_relay = (struct kept){.name = "the DNS relay",
		.consequence = "VMs have no DNS",
		.run = relay_child,
		.data = outside};
}

static int hello_take(struct outside *outside)
{
	struct outside_hello hello;
	struct outside_ready ready = {.done = true};

	if (hello_receive(outside->inside, &hello, outside->fds) < 0)
		return UV_EOF;
	if (way_make(outside, &hello) < 0 ||
		ports_create(outside->fds[OUTSIDE_USER_NAMESPACE],
			outside->fds[OUTSIDE_NETWORK_NAMESPACE], &outside->ports) < 0)
		return UV_EIO;
	relay_make(outside);
	ready.ipv6 = outside->veth.ipv6;
	return send(outside->inside, &ready, sizeof(ready), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* ---- children ---- */

static void children_reap(struct outside *outside)
{
	pid_t pid;
	int status;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		keep_ended(&outside->kept_pasta, pid, status, now_ms());
		keep_ended(&outside->kept_relay, pid, status, now_ms());
		if (outside->ports)
			ports_ended(outside->ports, pid, status, now_ms());
		if (pid == outside->child) {
			outside->child = 0;
			outside->status = status;
		}
	}
}

static void signal_take(struct outside *outside)
{
	struct signalfd_siginfo info;

	if (read(outside->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (info.ssi_signo == SIGTERM && outside->child)
		kill(outside->child, SIGTERM);
	children_reap(outside);
}

static void inside_tell(const struct outside *outside, const struct outside_told *told)
{
	/* A knock that does not fit is not the last. */
	if (send(outside->inside, told, sizeof(*told), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
		told->kind == OUTSIDE_PUBLISHED)
		log_error(NULL, "cannot tell what is published: %s", uv_strerror(-errno));
}

static void publish_take(struct outside *outside, const struct publish_want *want)
{
	struct outside_told told = {.kind = OUTSIDE_PUBLISHED, .place = want->place};

	ports_set(outside->ports, want, &told.error);
	inside_tell(outside, &told);
}

static void want_take(struct outside *outside)
{
	struct outside_want want;

	ssize_t length = recv(outside->inside, &want, sizeof(want), MSG_DONTWAIT);
	if (length <= 0) {
		/* It is about to end. */
		close(outside->inside);
		outside->inside = -1;
	}
	if (length != (ssize_t)sizeof(want))
		return;
	if (want.kind == OUTSIDE_PUBLISH) {
		publish_take(outside, &want.publish);
		return;
	}
	outside->pasta.host_ports = want.host_ports;
	keep_again(&outside->kept_pasta);
}

static void knocks_take(struct outside *outside)
{
	struct outside_told told = {.kind = OUTSIDE_KNOCK};
	int place;

	while ((place = ports_knocked(outside->ports)) >= 0) {
		told.place = (size_t)place;
		inside_tell(outside, &told);
	}
}

/* pasta is started anew for a way that it does not have; its connections end with it. */
static void ways_take(struct outside *outside)
{
	route_watch_drain(outside->watch);
	if ((!outside->way4 && way_look(AF_INET)) || (!outside->way6 && way_look(AF_INET6)))
		keep_again(&outside->kept_pasta);
}

/* The sooner; -1 is never. */
static int sooner(int one, int other)
{
	return one < 0 || (other >= 0 && other < one) ? other : one;
}

static void outside_wait(struct outside *outside)
{
	struct pollfd wanted[] = {{.fd = outside->signals, .events = POLLIN},
		{.fd = outside->inside, .events = POLLIN},
		{.fd = ports_fd(outside->ports), .events = POLLIN},
		{.fd = route_watch_fd(outside->watch), .events = POLLIN},
		{.fd = outside->veth.watch, .events = POLLIN}};
	int rest = sooner(pasta_keep(outside),
		sooner(keep(&outside->kept_relay, now_ms()), ports_keep(outside->ports, now_ms())));

	if (poll(wanted, sizeof(wanted) / sizeof(wanted[0]), rest) <= 0)
		return;
	if (wanted[4].revents)
		veth_tables_changed(&outside->veth);
	if (wanted[3].revents)
		ways_take(outside);
	if (wanted[2].revents)
		knocks_take(outside);
	if (wanted[1].revents)
		want_take(outside);
	if (wanted[0].revents)
		signal_take(outside);
}

/* What could not begin is about to end. */
static void signal_wait(struct outside *outside)
{
	struct pollfd wanted = {.fd = outside->signals, .events = POLLIN};

	if (poll(&wanted, 1, -1) > 0)
		signal_take(outside);
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	return sigprocmask(SIG_BLOCK, &set, NULL) < 0 ? -1 : signalfd(-1, &set, SFD_CLOEXEC);
}

static int outside_loop(struct outside *outside)
{
	outside->signals = signals_open();
	if (outside->signals < 0)
		return UV_EMFILE;
	int code = hello_take(outside);
	children_reap(outside);
	if (code < 0 && outside->child)
		kill(outside->child, SIGKILL);
	while (code == 0 && outside->child)
		outside_wait(outside);
	while (outside->child)
		signal_wait(outside);
	return code;
}

int outside_run(const struct outside_options *options, pid_t child, int socket)
{
	struct outside outside = {.options = options,
		.child = child,
		.inside = socket,
		.veth = {.watch = -1},
		.pasta = {.program = options->pasta}};
	struct error error = {0};
	int code = options->veth ? veth_open(&outside.veth, &error) : 0;

	if (code < 0) {
		log_error(NULL, "networks have no way out: %s", error.text);
		kill(child, SIGKILL);
		return 1;
	}
	code = outside_loop(&outside);
	keep_finish(&outside.kept_pasta);
	keep_finish(&outside.kept_relay);
	route_close(outside.watch);
	ports_destroy(outside.ports);
	if (options->veth)
		veth_close(&outside.veth);
	return code == 0 && WIFEXITED(outside.status) ? WEXITSTATUS(outside.status) : 1;
}
