#include "host-broker/net/publish/forwarder.h"

#include <asm/ioctls.h>
#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/publish/connections.h"
#include "host-broker/net/publish/datagrams.h"
#include "host-broker/net/publish/knock.h"
#include "proto/base/log.h"
#include "proto/host/sandbox.h"

#define FILES_MAX (NET_PUBLISH_MAX + 2 * CONNECTIONS_MAX + DATAGRAMS_FLOWS_MAX + 64)
#define DATA_MAX (256u * 1024 * 1024)
#define KEPT_MAX (NET_PUBLISH_MAX + 3)

struct forwarder {
	uv_loop_t loop;
	struct knock knock;
	struct connections_pool connections;
	struct datagrams_pool datagrams;
};

/* ---- what it holds ---- */

static int compare(const void *one, const void *other)
{
	return *(const int *)one - *(const int *)other;
}

/* Nothing of other VMs, of the DNS relay, or of the other half stays open here. */
static void others_close(const struct forwarder_options *options)
{
	int kept[KEPT_MAX];
	size_t count = 0;
	unsigned int next = STDERR_FILENO + 1;

	for (size_t i = 0; i < options->want->count; i++)
		kept[count++] = options->sockets[i];
	kept[count++] = options->knock_fd;
	kept[count++] = options->network_namespace;
	if (options->user_namespace >= 0)
		kept[count++] = options->user_namespace;
	qsort(kept, count, sizeof(kept[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned int)kept[i] > next)
			syscall(SYS_close_range, next, (unsigned int)kept[i] - 1, 0);
		next = (unsigned int)kept[i] + 1;
	}
	syscall(SYS_close_range, next, ~0U, 0);
}

static int namespaces_enter(const struct forwarder_options *options, struct error *error)
{
	if ((options->user_namespace >= 0 && setns(options->user_namespace, CLONE_NEWUSER) < 0) ||
		setns(options->network_namespace, CLONE_NEWNET) < 0)
		return error_set(error, -errno, "cannot enter the namespace of VMs: %s",
			uv_strerror(-errno));
	if (options->user_namespace >= 0)
		close(options->user_namespace);
	close(options->network_namespace);
	return 0;
}

static int calls_allow(void *filter)
{
	int code = sandbox_allow_network(filter);

	return code == 0 ? sandbox_allow_equal(filter, SCMP_SYS(ioctl), 1, SIOCOUTQ) : code;
}

/* ---- what it does ---- */

static int port_begin(
	struct forwarder *forwarder, const struct publish_want *want, size_t at, int fd)
{
	const struct net_publish *publish = &want->ports[at];
	const struct sockaddr_in guest = {
		.sin_family = AF_INET, .sin_port = htons(publish->target), .sin_addr = want->guest};

	if (publish->protocol == NET_TCP)
		return connections_create(&forwarder->connections, fd, &guest);
	return datagrams_create(&forwarder->datagrams, fd, publish->address.family, &guest);
}

static int forwarder_begin(
	struct forwarder *forwarder, const struct forwarder_options *options, struct error *error)
{
	int code = uv_loop_init(&forwarder->loop);

	if (code == 0)
		code = knock_init(&forwarder->knock, &forwarder->loop, options->knock_fd);
	if (code == 0)
		code = datagrams_pool_init(
			&forwarder->datagrams, &forwarder->loop, &forwarder->knock);
	if (code == 0)
		code = connections_pool_init(&forwarder->connections, &forwarder->loop,
			options->want->vm, &forwarder->knock);
	for (size_t i = 0; i < options->want->count && code == 0; i++)
		code = port_begin(forwarder, options->want, i, options->sockets[i]);
	return code < 0 ? error_set(error, code, "cannot run: %s", uv_strerror(code)) : 0;
}

int forwarder_run(const struct forwarder_options *options)
{
	static struct forwarder forwarder;
	const struct sandbox_options sandbox = {
		.name = options->want->vm,
		.program = "what serves its published ports",
		.required = true,
		.stays_user = true,
		.stays_network = true,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.allow = calls_allow,
	};
	struct error error = {0};
	bool rooted;

	prctl(PR_SET_NAME, "vmsilo-net-port");
	/* Either end of a connection may go at any time. */
	signal(SIGPIPE, SIG_IGN);
	others_close(options);
	int code = namespaces_enter(options, &error);
	if (code == 0)
		code = sandbox_begin(&sandbox, &error);
	if (code == 0)
		code = forwarder_begin(&forwarder, options, &error);
	if (code == 0)
		code = sandbox_enter(&sandbox, &rooted, &error);
	if (code < 0) {
		log_error(options->want->vm, "its ports are not served: %s", error.text);
		return 1;
	}
	return uv_run(&forwarder.loop, UV_RUN_DEFAULT);
}
