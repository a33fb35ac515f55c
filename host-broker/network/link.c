#include "host-broker/network/link.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/network/way-out.h"
#include "host-broker/network/wire.h"
#include "host-broker/system/process.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/wire/message.h"

#define SOCKET_NAME "net.socket"
#define BACKLOG 8
/* For its namespace, and for DNS at port 53 in it. */
#define NET_CAPABILITIES (UINT64_C(1) << CAP_NET_ADMIN | UINT64_C(1) << CAP_NET_BIND_SERVICE)
#define REQUESTS_MAX 1024 /* that wait; some for each VM that starts or ends */

struct request {
	TAILQ_ENTRY(request) link; /* in net_link.requests, in the order of the answers */
	net_link_cb done;          /* NULL: nobody waits for it any more */
	void *data;
};

struct connection {
	struct net_link *owner;
	uv_poll_t poll;
	int fd;
	struct closer closer;
};

struct net_link {
	struct net_link_options options;
	struct connection *connection; /* NULL: CLOSED */
	struct process *process;       /* NULL: another broker's, or it does not run */
	TAILQ_HEAD(, request) requests;
	size_t requests_count;
	TAILQ_HEAD(, net_link_watcher) watchers;
	uint8_t packet[FRAME_HEADER_SIZE + FRAME_NET_MAX];
};

/* ---- the end of a connection ---- */

static void connection_free(void *data)
{
	struct connection *connection = data;

	close(connection->fd);
	free(connection);
}

static void disconnect(struct net_link *link)
{
	struct connection *connection = link->connection;

	if (!connection)
		return;
	link->connection = NULL;
	closer_close(&connection->closer, (uv_handle_t *)&connection->poll);
	closer_finish(&connection->closer);
}

static struct request request_take(struct net_link *link)
{
	struct request *first = TAILQ_FIRST(&link->requests);
	struct request request = *first;

	TAILQ_REMOVE(&link->requests, first, link);
	link->requests_count--;
	free(first);
	return request;
}

static void requests_fail(struct net_link *link, const char *text)
{
	const struct net_answer answer = {.code = UV_EPIPE, .text = text, .tap_fd = -1};
	/* What is asked from inside is of the next connection. */
	size_t count = link->requests_count;

	while (count-- > 0) {
		const struct request request = request_take(link);
		if (request.done)
			request.done(request.data, &answer);
	}
}

/* The last line that it said is the reason. */
static void end_text(const struct net_link *link, char *out, size_t size)
{
	const char *tail = link->process ? process_tail(link->process) : "";
	size_t length = strlen(tail);
	char printable[256];

	while (length > 0 && tail[length - 1] == '\n')
		length--;
	const char *line = tail + length;
	while (line > tail && line[-1] != '\n')
		line--;
	/* It tells of failures as every program of ours: time, level, text. */
	const char *told = memmem(line, (size_t)(tail + length - line), " error   ", 9);
	line = told ? told + 9 : line;
	text_escape(printable, sizeof(printable), line, (size_t)(tail + length - line));
	snprintf(out, size, "vmsilo-net has ended%s%s", printable[0] ? ": " : "", printable);
}

static void lost(struct net_link *link)
{
	struct net_link_watcher *watcher, *next;
	char text[320];

	end_text(link, text, sizeof(text));
	disconnect(link);
	requests_fail(link, text);
	for (watcher = TAILQ_FIRST(&link->watchers); watcher; watcher = next) {
		next = TAILQ_NEXT(watcher, link);
		watcher->on_lost(watcher->data);
	}
}

static void on_exit_told(void *data, int status)
{
	struct net_link *link = data;

	(void)status;
	/* Its last words are there by now. A broker that comes meanwhile finds nobody. */
	if (link->connection)
		lost(link);
	process_destroy(link->process);
	link->process = NULL;
}

/* ---- answers ---- */

/* counts and text are of message. False: it is no answer. */
static bool answer_of(
	const struct frame *frame, const ProtobufCMessage *message, struct net_answer *ret)
{
	const Vmsilo__Net__Done *done = (const Vmsilo__Net__Done *)message;

	ret->text = "";
	if (frame->type == FRAME_NET_DONE) {
		ret->code = done->code;
		ret->text = done->text;
	} else if (frame->type == FRAME_NET_COUNTS) {
		ret->counts = (const Vmsilo__Net__Counts *)message;
	} else if (frame->type != FRAME_NET_TAP_MADE || ret->tap_fd < 0) {
		return false;
	}
	return true;
}

static int refused_handle(struct net_link *link, const Vmsilo__Net__Refused *told)
{
	struct refusal refusal = {.protocol = (uint8_t)told->protocol,
		.to.family = told->address.len == 4 ? AF_INET : AF_INET6,
		.port = (uint16_t)told->port};

	if (told->address.len != 4 && told->address.len != 16)
		return UV_EPROTO;
	memcpy(refusal.to.bytes, told->address.data, told->address.len);
	link->options.on_refused(link->options.data, told->vm, &refusal);
	return 0;
}

/* What nobody has asked for. */
static bool is_news(uint16_t type)
{
	return type == FRAME_NET_KNOCK || type == FRAME_NET_REFUSED;
}

static int news_handle(struct net_link *link, const struct frame *frame)
{
	ProtobufCMessage *message = message_unpack(frame);
	int code = message ? 0 : UV_EPROTO;

	if (message && frame->type == FRAME_NET_KNOCK)
		link->options.on_knock(
			link->options.data, ((const Vmsilo__Net__Knock *)message)->vm);
	else if (message)
		code = refused_handle(link, (const Vmsilo__Net__Refused *)message);
	message_free(message);
	return code;
}

static int packet_handle(struct net_link *link, size_t length, int fd)
{
	struct net_answer answer = {.tap_fd = fd};
	struct frame frame;

	if (frame_decode(link->packet, length, &frame) != (int64_t)length)
		return UV_EPROTO;
	if (is_news(frame.type))
		return news_handle(link, &frame);
	if (TAILQ_EMPTY(&link->requests))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(&frame);
	int code = message && answer_of(&frame, message, &answer) ? 0 : UV_EPROTO;
	if (code == 0) {
		const struct request request = request_take(link);
		if (request.done)
			request.done(request.data, &answer);
		else if (fd >= 0)
			close(fd);
	}
	message_free(message);
	return code;
}

static void on_packet(uv_poll_t *poll, int status, int events)
{
	struct connection *connection = poll->data;
	struct net_link *link = connection->owner;
	int fd = -1;

	(void)events;
	ssize_t length = status < 0 ? status
				    : socket_receive_fd(connection->fd, link->packet,
					      sizeof(link->packet), &fd);
	if (length == UV_EAGAIN || length == UV_EINTR)
		return;
	int code = length <= 0 ? UV_EOF : packet_handle(link, (size_t)length, fd);
	if (code == 0)
		return;
	if (code == UV_EPROTO)
		log_error(NULL, "vmsilo-net: an answer that is none: closed the connection");
	if (code == UV_EPROTO && fd >= 0)
		close(fd);
	/* What it said before it ended comes with its end. */
	if (code == UV_EOF && link->process && process_lives(link->process))
		uv_poll_stop(poll);
	else
		lost(link);
}

/* ---- the begin of a connection ---- */

/* Takes fd. */
static int connection_begin(struct net_link *link, int fd)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection || uv_poll_init(link->options.loop, &connection->poll, fd) < 0) {
		free(connection);
		close(fd);
		return UV_ENOMEM;
	}
	connection->owner = link;
	connection->fd = fd;
	connection->poll.data = connection;
	closer_init(&connection->closer, connection_free, connection);
	closer_add(&connection->closer);
	uv_poll_start(&connection->poll, UV_READABLE, on_packet);
	link->connection = connection;
	return 0;
}

static int program_start(struct net_link *link, int listen_fd, struct error *error)
{
	const bool system = link->options.paths->system;
	const char *const argv[] = {link->options.program, "--listen-fd", "3",
		system ? "--veth" : "--pasta", system ? NULL : WAY_OUT_PASTA, NULL};
	const struct child_options child = {.argv = argv,
		.fds = &listen_fd,
		.fds_count = 1,
		.capabilities = CHILD_CAPABILITIES_SANDBOX | NET_CAPABILITIES,
		.own_pids = system};

	if (link->process)
		process_destroy(link->process);
	link->process = NULL;
	return process_start(link->options.loop, &child, on_exit_told, link, &link->process, error);
}

static int start(struct net_link *link, const char *path, struct error *error)
{
	int code = way_out_check(link->options.paths->system, error);

	if (code < 0)
		return code;
	_cleanup_close_ int listen_fd = socket_listen_as(path, SOCK_SEQPACKET, BACKLOG);
	if (listen_fd < 0)
		return error_set(
			error, listen_fd, "cannot listen on %s: %s", path, uv_strerror(listen_fd));
	return program_start(link, listen_fd, error);
}

/* It takes requests before it is ready: they wait in the socket. */
static int open_link(struct net_link *link, bool may_start, struct error *error)
{
	const int type = SOCK_SEQPACKET | SOCK_NONBLOCK;
	char path[PATH_SIZE];

	if (link->connection)
		return 0;
	if (!paths_runtime(link->options.paths, NULL, SOCKET_NAME, path))
		return error_set(error, UV_ENAMETOOLONG, "the path of its socket is too long");
	int fd = socket_connect_as(path, type);
	if (fd < 0 && !may_start)
		return error_set(error, UV_ENOTCONN, "vmsilo-net does not run");
	int code = fd < 0 ? start(link, path, error) : 0;
	if (code < 0)
		return code;
	if (fd < 0)
		fd = socket_connect_as(path, type);
	code = fd < 0 ? fd : connection_begin(link, fd);
	return code < 0 ? error_set(error, code, "cannot connect to vmsilo-net: %s",
				  uv_strerror(code))
			: 0;
}

/* ---- requests ---- */

/* A packet that does not fit into the socket means that vmsilo-net stands still. */
static int packet_send(
	struct net_link *link, uint16_t type, const ProtobufCMessage *message, struct error *error)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	_cleanup_free_ uint8_t *packet = malloc(FRAME_HEADER_SIZE + length);

	if (!packet)
		return error_set(error, UV_ENOMEM, "out of memory");
	frame_encode_header(packet, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, packet + FRAME_HEADER_SIZE);
	if (send(link->connection->fd, packet, FRAME_HEADER_SIZE + length, MSG_NOSIGNAL) >= 0)
		return 0;
	int code = -errno;
	return error_set(error, code, "vmsilo-net does not take requests: %s", uv_strerror(code));
}

static int ask(struct net_link *link, uint16_t type, const ProtobufCMessage *message,
	const struct request *asked, struct error *error)
{
	struct request *request =
		link->requests_count < REQUESTS_MAX ? malloc(sizeof(*request)) : NULL;

	if (!request)
		return error_set(error, UV_ENOMEM, "out of memory");
	*request = *asked;
	int code = packet_send(link, type, message, error);
	if (code < 0) {
		free(request);
		return code;
	}
	TAILQ_INSERT_TAIL(&link->requests, request, link);
	link->requests_count++;
	return 0;
}

int net_link_set(struct net_link *link, const struct net_attachment *attachment, net_link_cb done,
	void *data, struct error *error)
{
	_cleanup_free_ struct net_wire *wire = malloc(sizeof(*wire));
	const struct request request = {.done = done, .data = data};
	Vmsilo__Net__Set set;

	if (!wire)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = open_link(link, true, error);
	if (code < 0)
		return code;
	net_wire_pack(attachment, wire, &set);
	return ask(link, FRAME_NET_SET, &set.base, &request, error);
}

int net_link_tap(struct net_link *link, const char *vm, enum net_side side, net_link_cb done,
	void *data, struct error *error)
{
	const struct request request = {.done = done, .data = data};
	Vmsilo__Net__Tap tap = VMSILO__NET__TAP__INIT;
	int code = open_link(link, true, error);

	tap.vm = (char *)vm;
	tap.down = side == NET_DOWN;
	return code < 0 ? code : ask(link, FRAME_NET_TAP, &tap.base, &request, error);
}

int net_link_remove(
	struct net_link *link, const char *vm, net_link_cb done, void *data, struct error *error)
{
	const struct request request = {.done = done, .data = data};
	Vmsilo__Net__Remove remove = VMSILO__NET__REMOVE__INIT;
	int code = open_link(link, false, error);

	remove.vm = (char *)vm;
	return code < 0 ? code : ask(link, FRAME_NET_REMOVE, &remove.base, &request, error);
}

int net_link_count(struct net_link *link, net_link_cb done, void *data, struct error *error)
{
	const struct request request = {.done = done, .data = data};
	const Vmsilo__Net__Count count = VMSILO__NET__COUNT__INIT;
	int code = open_link(link, false, error);

	return code < 0 ? code : ask(link, FRAME_NET_COUNT, &count.base, &request, error);
}

void net_link_forget(struct net_link *link, const void *data)
{
	struct request *request;

	TAILQ_FOREACH (request, &link->requests, link)
		if (request->data == data)
			request->done = NULL;
}

/* ---- those who watch, and its life ---- */

void net_link_rest(struct net_link *link)
{
	if (link->requests_count == 0)
		disconnect(link);
}

void net_link_watch(struct net_link *link, struct net_link_watcher *watcher)
{
	TAILQ_INSERT_TAIL(&link->watchers, watcher, link);
}

void net_link_unwatch(struct net_link *link, struct net_link_watcher *watcher)
{
	TAILQ_REMOVE(&link->watchers, watcher, link);
}

int net_link_create(const struct net_link_options *options, struct net_link **ret)
{
	struct net_link *link = calloc(1, sizeof(*link));

	if (!link)
		return UV_ENOMEM;
	link->options = *options;
	TAILQ_INIT(&link->requests);
	TAILQ_INIT(&link->watchers);
	*ret = link;
	return 0;
}

void net_link_destroy(struct net_link *link)
{
	disconnect(link);
	while (link->requests_count > 0)
		request_take(link);
	if (link->process)
		process_destroy(link->process);
	free(link);
}
