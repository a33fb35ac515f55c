#include "host-broker/net/program.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <poll.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/dns/seen.h"
#include "host-broker/net/host-addresses.h"
#include "host-broker/net/inside.h"
#include "host-broker/net/outside.h"
#include "host-broker/net/refused/log.h"
#include "host-broker/net/route.h"
#include "host-broker/net/server.h"
#include "host-broker/net/state.h"
#include "host-broker/net/table.h"
#include "proto/base/log.h"
#include "proto/host/sandbox.h"

#define FILES_MAX 64
#define DATA_MAX (256u * 1024 * 1024)
#define PUBLISH_TIMEOUT_MS 5000

struct program {
	uv_loop_t loop;
	uv_signal_t term;
	uv_timer_t look;
	uv_poll_t outside, host_events, seen, refused;
	struct host_addresses host;
	struct nft_ctx *host_nft; /* NULL: without root */
	struct inside inside;
	struct state state;
	struct server *server;
	int listen_fd, outside_fd, tun_directory;
	int refused_fd;     /* negative: the kernel does not tell */
	int seen_fds[2];    /* ours, the DNS relay's */
	unsigned int alone; /* looks */
};

/* ---- the end ---- */

static void program_end(struct program *program)
{
	if (uv_is_closing((uv_handle_t *)&program->term))
		return;
	uv_close((uv_handle_t *)&program->term, NULL);
	uv_close((uv_handle_t *)&program->look, NULL);
	uv_close((uv_handle_t *)&program->outside, NULL);
	uv_close((uv_handle_t *)&program->host_events, NULL);
	uv_close((uv_handle_t *)&program->seen, NULL);
	if (program->refused_fd >= 0)
		uv_close((uv_handle_t *)&program->refused, NULL);
	server_destroy(program->server);
}

static void on_term(uv_signal_t *handle, int number)
{
	(void)number;
	program_end(handle->data);
}

static void knock_tell(struct program *program, size_t place)
{
	const char *vm = state_vm_at(&program->state, place);

	if (vm && program->server)
		server_knock(program->server, vm);
}

/* UV_EAGAIN: it has said nothing. */
static int told_receive(const struct program *program, struct outside_told *ret)
{
	ssize_t length = recv(program->outside_fd, ret, sizeof(*ret), MSG_DONTWAIT);

	if (length < 0)
		return -errno;
	return length == (ssize_t)sizeof(*ret) ? 0 : UV_EOF;
}

static void on_outside(uv_poll_t *handle, int status, int events)
{
	struct program *program = handle->data;
	struct outside_told told;
	int code = told_receive(program, &told);

	(void)status;
	(void)events;
	if (code == 0 && told.kind == OUTSIDE_KNOCK) {
		knock_tell(program, told.place);
	} else if (code < 0 && code != UV_EAGAIN && code != UV_EINTR) {
		log_error(NULL, "the way out has ended, and the networks with it");
		program_end(program);
	}
}

/* Its answer is a moment away. */
static int told_wait(struct program *program, struct outside_told *ret)
{
	struct pollfd answered = {.fd = program->outside_fd, .events = POLLIN};

	for (;;) {
		int code = told_receive(program, ret);
		if (code == 0 && ret->kind == OUTSIDE_PUBLISHED)
			return 0;
		if (code == 0)
			knock_tell(program, ret->place);
		else if (code != UV_EAGAIN)
			return code;
		else if (poll(&answered, 1, PUBLISH_TIMEOUT_MS) <= 0)
			return UV_ETIMEDOUT;
	}
}

static int on_publish(
	void *data, size_t place, const struct net_attachment *vm, struct error *error)
{
	struct program *program = data;
	struct outside_want want = {.kind = OUTSIDE_PUBLISH,
		.publish = {.place = place, .guest = vm->up.guest4, .count = vm->publish_count}};
	struct outside_told told = {0};

	memcpy(want.publish.vm, vm->vm, sizeof(want.publish.vm));
	memcpy(want.publish.ports, vm->publish, sizeof(want.publish.ports));
	int code = send(program->outside_fd, &want, sizeof(want), MSG_NOSIGNAL) < 0
			   ? -errno
			   : told_wait(program, &told);
	if (code < 0)
		return error_set(error, code, "cannot publish its ports: %s", uv_strerror(code));
	if (told.error.code < 0)
		*error = told.error;
	return told.error.code;
}

/* Not by time alone: a broker may be away for a moment, while it is upgraded. */
static void on_look(uv_timer_t *timer)
{
	struct program *program = timer->data;

	if (state_is_used(&program->state))
		program->alone = 0;
	else if (++program->alone >= PROGRAM_ALONE_MAX)
		program_end(program);
}

static void on_peers(void *data, bool any)
{
	struct program *program = data;

	program->alone = 0;
	if (any)
		uv_timer_stop(&program->look);
	else if (!uv_is_closing((uv_handle_t *)&program->look))
		uv_timer_start(&program->look, on_look, PROGRAM_LOOK_MS, PROGRAM_LOOK_MS);
}

/* ---- the host's addresses ---- */

static int host_take(struct program *program, struct error *error)
{
	static struct net_address addresses[STATE_HOST_MAX];
	int count = host_addresses_read(&program->host, addresses, STATE_HOST_MAX);

	if (count < 0)
		return error_set(
			error, count, "cannot read the host's addresses: %s", uv_strerror(count));
	return state_set_host(&program->state, addresses, (size_t)count, error);
}

static void on_host_event(uv_poll_t *handle, int status, int events)
{
	struct error error = {0};

	(void)status;
	(void)events;
	if (host_take(handle->data, &error) < 0)
		log_warning(NULL, "%s", error.text);
}

/* ---- names ---- */

/* What comes from the relay is of an answer from anywhere. */
static bool seen_is_good(const struct dns_seen *untrusted)
{
	return (untrusted->client.family == AF_INET || untrusted->client.family == AF_INET6) &&
	       memchr(untrusted->answer.name, '\0', sizeof(untrusted->answer.name)) &&
	       untrusted->answer.count <= DNS_ADDRESSES_MAX;
}

static void on_seen(uv_poll_t *handle, int status, int events)
{
	struct program *program = handle->data;
	struct dns_seen untrusted;
	struct error error = {0};

	(void)status;
	(void)events;
	if (recv(program->seen_fds[0], &untrusted, sizeof(untrusted), MSG_DONTWAIT) !=
			(ssize_t)sizeof(untrusted) ||
		!seen_is_good(&untrusted))
		return;
	const struct dns_taken taken = {.number = untrusted.number};
	if (state_seen(&program->state, &untrusted.client, untrusted.answer.name,
		    untrusted.answer.addresses, untrusted.answer.count, &error) < 0)
		log_warning(NULL, "%s", error.text);
	/* One that does not hear of it goes on by itself. */
	if (send(program->seen_fds[0], &taken, sizeof(taken), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug(NULL, "the DNS relay does not hear: %s", uv_strerror(-errno));
}

/* ---- what is refused ---- */

static void on_refused(uv_poll_t *handle, int status, int events)
{
	struct program *program = handle->data;
	struct refused refused;

	(void)status;
	(void)events;
	if (refused_log_take(program->refused_fd, &refused))
		server_refused(program->server, &refused);
}

/* In the namespace. Without it VMs have a network as well. */
static void refused_begin(struct program *program)
{
	program->refused_fd = refused_log_open();
	if (program->refused_fd < 0) {
		log_info(NULL, "what VMs are refused is only counted: %s",
			uv_strerror(program->refused_fd));
		return;
	}
	program->refused.data = program;
	if (uv_poll_init(&program->loop, &program->refused, program->refused_fd) < 0) {
		close(program->refused_fd);
		program->refused_fd = -1;
		return;
	}
	uv_poll_start(&program->refused, UV_READABLE, on_refused);
}

/* ---- the start ---- */

/* What libnl and libnftables call, in the namespace alone; all of the file system is gone. */
static int calls_allow(void *filter)
{
	static const int calls[] = {
		SCMP_SYS(accept4),
		SCMP_SYS(openat),
		SCMP_SYS(sendto),
		SCMP_SYS(setsockopt),
		SCMP_SYS(getsockopt),
		SCMP_SYS(getsockname),
		SCMP_SYS(bind),
		SCMP_SYS(geteuid),
		SCMP_SYS(getegid),
		SCMP_SYS(lseek),
		SCMP_SYS(newfstatat), /* of the time zone: other firewalls' rules may have hours */
		SCMP_SYS(uname),
		SCMP_SYS(socket),
		SCMP_SYS(pselect6),
	};
	int code = sandbox_allow_all(filter, calls, sizeof(calls) / sizeof(calls[0]));

	return code == 0 ? sandbox_allow_equal(filter, SCMP_SYS(ioctl), 1, TUNSETIFF) : code;
}

/* By a pair of interfaces they can be reached at any time, and rules say who does. */
static void on_host_ports(void *data, bool wanted)
{
	const struct program *program = data;
	const struct outside_want want = {.kind = OUTSIDE_HOST_PORTS, .host_ports = wanted};

	if (program->inside.anchored &&
		send(program->outside_fd, &want, sizeof(want), MSG_NOSIGNAL) < 0)
		log_warning(NULL, "the host's ports cannot be opened: %s", uv_strerror(-errno));
}

/* For who serves published ports. */
static void namespaces_open(const struct program *program, int ret[OUTSIDE_FDS])
{
	const int flags = O_RDONLY | O_CLOEXEC;

	ret[OUTSIDE_USER_NAMESPACE] =
		program->inside.anchored ? open("/proc/self/ns/user", flags) : -1;
	ret[OUTSIDE_NETWORK_NAMESPACE] = open("/proc/self/ns/net", flags);
	ret[OUTSIDE_SEEN] = program->seen_fds[1];
}

static int on_entered(void *data, struct error *error)
{
	struct program *program = data;
	struct outside_hello hello = {.self = getpid()};
	struct outside_ready ready;
	int fds[OUTSIDE_FDS];

	int code = inside_enter(&program->inside, error);
	if (code < 0)
		return code;
	refused_begin(program);
	/* The rules are there before the way out is. */
	state_init(
		&program->state, &(const struct state_kernel){.route = program->inside.route,
					 .nft = program->inside.nft,
					 .log_group = program->refused_fd >= 0 ? REFUSED_GROUP : 0,
					 .host = program->host_nft,
					 .directory = program->tun_directory,
					 .on_host_ports = on_host_ports,
					 .on_publish = on_publish,
					 .data = program});
	code = host_take(program, error);
	if (code < 0)
		return code;
	code = relay_sockets_open(fds);
	if (code < 0)
		return error_set(error, code, "cannot listen for DNS: %s", uv_strerror(code));
	namespaces_open(program, fds);
	hello.anchor = program->inside.anchor;
	code = outside_ask(program->outside_fd, &hello, fds, &ready);
	for (int i = 0; i < OUTSIDE_FDS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (code < 0)
		return error_set(error, UV_EPIPE, "there is no way out");
	return program->inside.anchored ? 0 : inside_set_out(&program->inside, ready.ipv6, error);
}

static int loop_set_up(struct program *program)
{
	int code = uv_loop_init(&program->loop);

	if (code == 0)
		code = uv_signal_init(&program->loop, &program->term);
	if (code == 0)
		code = uv_timer_init(&program->loop, &program->look);
	if (code == 0)
		code = uv_poll_init(&program->loop, &program->outside, program->outside_fd);
	if (code == 0)
		code = uv_poll_init(
			&program->loop, &program->host_events, host_addresses_fd(&program->host));
	if (code == 0)
		code = uv_poll_init(&program->loop, &program->seen, program->seen_fds[0]);
	program->term.data = program->look.data = program->outside.data =
		program->host_events.data = program->seen.data = program;
	return code;
}

static int loop_start(struct program *program)
{
	const struct server_options server = {.fd = program->listen_fd,
		.state = &program->state,
		.on_peers = on_peers,
		.data = program};
	int code = uv_signal_start(&program->term, on_term, SIGTERM);

	on_peers(program, false);
	if (code == 0)
		code = uv_poll_start(&program->outside, UV_READABLE, on_outside);
	if (code == 0)
		code = uv_poll_start(&program->host_events, UV_READABLE, on_host_event);
	if (code == 0)
		code = uv_poll_start(&program->seen, UV_READABLE, on_seen);
	return code == 0 ? server_create(&program->loop, &server, &program->server) : code;
}

/* What is of the host comes before the namespaces. */
static int program_open(struct program *program, struct error *error)
{
	program->tun_directory = open("/dev/net", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int code = host_addresses_open(&program->host);

	if (code == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
				 program->seen_fds) < 0)
		code = -errno;

	if (code == 0 && !program->inside.anchored)
		code = table_open(&program->host_nft);
	if (code == 0)
		code = loop_set_up(program);
	if (code == 0)
		code = loop_start(program);
	return code < 0 ? error_set(error, code, "cannot run: %s", uv_strerror(code)) : 0;
}

static int program_enter(struct program *program, bool as_root, struct error *error)
{
	bool rooted;
	const struct sandbox_options sandbox = {
		.program = "vmsilo-net",
		.required = true,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.stays_user = as_root,
		.capabilities = UINT64_C(1) << CAP_NET_ADMIN,
		.on_entered = on_entered,
		.data = program,
		.allow = calls_allow,
	};
	int code = sandbox_begin(&sandbox, error);

	if (code == 0)
		code = program_open(program, error);
	return code == 0 ? sandbox_enter(&sandbox, &rooted, error) : code;
}

int program_run(int listen_fd, int outside_fd, bool as_root)
{
	static struct program program;
	struct error error = {0};

	program.listen_fd = listen_fd;
	program.refused_fd = -1;
	program.outside_fd = outside_fd;
	program.inside = (struct inside){.anchored = !as_root, .anchor_fd = -1};
	if (program_enter(&program, as_root, &error) < 0) {
		log_error(NULL, "the network of VMs cannot run: %s", error.text);
		return 1;
	}
	uv_run(&program.loop, UV_RUN_DEFAULT);
	uv_loop_close(&program.loop);
	state_finish(&program.state);
	table_close(program.inside.nft);
	route_close(program.inside.route);
	table_close(program.host_nft);
	host_addresses_close(&program.host);
	return 0;
}
