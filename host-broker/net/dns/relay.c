#include "host-broker/net/dns/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/dns/queries.h"
#include "host-broker/net/dns/resolvers.h"
#include "host-broker/net/dns/seen.h"
#include "host-broker/net/dns/streams.h"
#include "host-broker/net/dns/way.h"
#include "proto/base/log.h"
#include "proto/host/sandbox.h"

#define FILES_MAX (QUERIES_MAX + 2 * STREAMS_MAX + 64)
#define DATA_MAX (64u * 1024 * 1024)

static const struct {
	int family, type;
} kinds[RELAY_SOCKETS] = {{AF_INET, SOCK_DGRAM}, {AF_INET, SOCK_STREAM}, {AF_INET6, SOCK_DGRAM},
	{AF_INET6, SOCK_STREAM}};

static int socket_open(int family, int type)
{
	const int one = 1;
	const struct sockaddr_in6 any6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(RESOLVERS_PORT)};
	const struct sockaddr_in any4 = {.sin_family = AF_INET, .sin_port = htons(RESOLVERS_PORT)};
	int fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT ? -1 : -errno;
	if ((family == AF_INET6 &&
		    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0) ||
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
		bind(fd,
			family == AF_INET6 ? (const struct sockaddr *)&any6
					   : (const struct sockaddr *)&any4,
			family == AF_INET6 ? sizeof(any6) : sizeof(any4)) < 0) {
		int code = -errno;
		close(fd);
		return code;
	}
	return fd;
}

int relay_sockets_open(int ret[RELAY_SOCKETS])
{
	for (int i = 0; i < RELAY_SOCKETS; i++) {
		ret[i] = socket_open(kinds[i].family, kinds[i].type);
		if (ret[i] < -1)
			return ret[i];
	}
	return 0;
}

static int calls_allow(void *filter)
{
	static const int calls[] = {SCMP_SYS(listen), SCMP_SYS(sendto)};
	int code = sandbox_allow_network(filter);

	if (code == 0)
		code = sandbox_allow_all(filter, calls, sizeof(calls) / sizeof(calls[0]));
	/* To read who the resolvers are, and at which interface. */
	if (code == 0)
		code = sandbox_allow_equal(filter, SCMP_SYS(openat), 2, O_RDONLY | O_CLOEXEC);
	return code == 0 ? sandbox_allow_equal(filter, SCMP_SYS(ioctl), 1, SIOCGIFINDEX) : code;
}

struct relay {
	uv_loop_t loop;
	struct resolvers resolvers;
	struct way6 way6;
	struct queries *queries[RELAY_SOCKETS];
	struct streams *streams[RELAY_SOCKETS];
	uv_poll_t taken;
	int seen_fd;
};

static void on_taken(uv_poll_t *poll, int status, int events)
{
	const struct relay *relay = poll->data;
	struct dns_taken taken;

	(void)events;
	ssize_t length = status < 0 ? 0 : recv(relay->seen_fd, &taken, sizeof(taken), MSG_DONTWAIT);
	if (length == 0)
		uv_poll_stop(poll);
	if (length != (ssize_t)sizeof(taken))
		return;
	for (int i = 0; i < RELAY_SOCKETS; i++)
		if ((relay->queries[i] && queries_taken(relay->queries[i], taken.number)) ||
			(relay->streams[i] && streams_taken(relay->streams[i], taken.number)))
			return;
}

static int socket_serve(struct relay *relay, int at, int fd)
{
	return kinds[at].type == SOCK_DGRAM
		       ? queries_create(&relay->loop, fd, &relay->resolvers, &relay->way6,
				 relay->seen_fd, &relay->queries[at])
		       : streams_create(&relay->loop, fd, &relay->resolvers, &relay->way6,
				 relay->seen_fd, &relay->streams[at]);
}

static int relay_set_up(struct relay *relay, const int sockets[RELAY_SOCKETS])
{
	int code = uv_loop_init(&relay->loop);

	if (code == 0)
		code = uv_poll_init(&relay->loop, &relay->taken, relay->seen_fd);
	relay->taken.data = relay;
	if (code == 0)
		code = uv_poll_start(&relay->taken, UV_READABLE, on_taken);
	for (int i = 0; i < RELAY_SOCKETS && code == 0; i++)
		if (sockets[i] >= 0)
			code = socket_serve(relay, i, sockets[i]);
	return code;
}

int relay_run(const int sockets[RELAY_SOCKETS], int seen_fd, bool ipv6)
{
	static struct relay relay = {.resolvers.path = RELAY_PATH};
	const struct sandbox_options sandbox = {
		.program = "the DNS relay",
		.required = true,
		.stays = true,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.allow = calls_allow,
	};
	struct error error = {0};
	bool rooted;

	/* Who asks by TCP may go at any time. */
	signal(SIGPIPE, SIG_IGN);
	relay.seen_fd = seen_fd;
	relay.way6.never = !ipv6;
	int code = sandbox_begin(&sandbox, &error);

	if (code == 0 && (code = relay_set_up(&relay, sockets)) < 0)
		error_set(&error, code, "cannot run: %s", uv_strerror(code));
	if (code == 0)
		code = sandbox_enter(&sandbox, &rooted, &error);
	if (code < 0) {
		log_error(NULL, "VMs have no DNS: %s", error.text);
		return 1;
	}
	return uv_run(&relay.loop, UV_RUN_DEFAULT);
}
