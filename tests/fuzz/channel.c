/*
 * A channel between a hostile peer and an owner who does with it whatever an owner may: what comes
 * out is what went in, in whole frames, and nothing after the end.
 *
 * Covers: proto/io/channel.c proto/io/channel-send.c proto/base/bytes.c proto/io/closer.c
 * Covers: proto/wire/frame.c
 * Leaves out: memory that runs out, errors of system calls, the queue's end
 * Leaves out: (unit/channel)
 */
#include "proto/io/channel.h"

#include <sys/socket.h>
#include <unistd.h>

#include "proto/common.pb-c.h"
#include "proto/session.pb-c.h"
#include "tests/fuzz/hostile.h"
#include "tests/lib/world.h"

#define SOCKET_BUFFER 4096 /* bytes, which the kernel doubles: a slow peer is soon a full one */
#define LOG_MAX (8u << 20)
#define THINGS_MAX 48 /* that happen in one input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {FRAME_DATA, FRAME_HELLO, FRAME_REJECT, FRAME_GRANT, FRAME_CREDIT,
	FRAME_END, FRAME_STOP, FRAME_OPEN, FRAME_STATUS, FRAME_VM_LIST, FRAME_TRAY_MENU, 0};
#define TYPES (sizeof(types) / sizeof(types[0]))

/* All that was said in one direction, and how much of it has arrived. */
struct log {
	uint8_t bytes[LOG_MAX];
	size_t length, arrived;
};

static struct log to_us, to_peer;

/* What the owner does with the next frame. */
enum reaction { KEEP, REFUSE, PAUSE, DESTROY, FINISH, DETACH, HAND_OVER, ANSWER, REACTIONS };

struct rig {
	struct input_bytes in;
	uv_loop_t loop;
	struct channel *channel; /* NULL: it is not the owner's any more */
	int peer;                /* -1: closed */
	enum reaction reaction;
	bool closed; /* on_close was called */
	bool above;  /* of the high water */
	bool filled; /* the queue was filled: once in an input, since that takes time */
};

static void log_add(struct log *log, const void *bytes, size_t length)
{
	if (log->length + length > LOG_MAX)
		abort();
	if (length > 0)
		memcpy(log->bytes + log->length, bytes, length);
	log->length += length;
}

static void log_arrived(struct log *log, const void *bytes, size_t length)
{
	if (log->arrived + length > log->length ||
		(length > 0 && memcmp(log->bytes + log->arrived, bytes, length) != 0))
		abort();
	log->arrived += length;
}

/* ---- the owner ---- */

static void owner_send(struct rig *rig, uint8_t what)
{
	static uint8_t payload[FRAME_DATA_MAX];
	uint8_t header[FRAME_HEADER_SIZE];
	uint32_t length = what & 1 ? (uint32_t)(what >> 1) * 512 : what >> 1;
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;
	int code;

	if (!rig->channel)
		return;
	if (what == 0) {
		credit.bytes = 7;
		length = (uint32_t)vmsilo__session__credit__pack(&credit, payload);
		code = channel_send(rig->channel, FRAME_CREDIT, 1, &credit.base);
		frame_encode_header(header, FRAME_CREDIT, 1, length);
	} else {
		memset(payload, what, length);
		code = channel_send_raw(rig->channel, FRAME_DATA, 1, payload, length);
		frame_encode_header(header, FRAME_DATA, 1, length);
	}
	if (code < 0)
		return;
	if (rig->closed || channel_queued(rig->channel) > CHANNEL_QUEUE_MAX)
		abort();
	log_add(&to_peer, header, sizeof(header));
	log_add(&to_peer, payload, length);
	rig->above = rig->above || channel_queued(rig->channel) > CHANNEL_HIGH_WATER;
}

static void owner_detach(struct rig *rig)
{
	int fd = -1;
	int code = channel_detach(rig->channel, &fd);

	rig->channel = NULL;
	if ((code == 0) != (fd >= 0))
		abort();
	if (fd >= 0)
		close(fd);
}

static const struct channel_ops *ops_other(void);

static void owner_end(struct rig *rig, enum reaction how)
{
	if (!rig->channel)
		return;
	switch (how) {
	case DESTROY:
		channel_destroy(rig->channel);
		rig->channel = NULL;
		break;
	case FINISH:
		channel_finish(rig->channel, 1000);
		rig->channel = NULL;
		break;
	case DETACH:
		owner_detach(rig);
		break;
	case HAND_OVER:
		channel_hand_over(rig->channel, ops_other(), rig);
		break;
	default:
		channel_pause(rig->channel);
		break;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct rig *rig = data;
	uint8_t header[FRAME_HEADER_SIZE];
	enum reaction reaction = rig->reaction;

	if (rig->closed || !rig->channel || (int64_t)frame->length > frame_length_max(frame->type))
		abort();
	frame_encode_header(header, frame->type, frame->stream, frame->length);
	log_arrived(&to_us, header, sizeof(header));
	log_arrived(&to_us, frame->payload, frame->length);
	rig->reaction = KEEP;
	if (reaction == REFUSE)
		return UV_EPROTO;
	if (reaction == ANSWER)
		owner_send(rig, 255);
	else if (reaction != KEEP)
		owner_end(rig, reaction);
	return 0;
}

static void on_close(void *data, int reason)
{
	struct rig *rig = data;

	if (rig->closed || !rig->channel || reason > 0)
		abort();
	rig->closed = true;
	if (channel_send_raw(rig->channel, FRAME_END, 0, NULL, 0) != UV_EPIPE)
		abort();
	if (rig->reaction != KEEP) {
		channel_destroy(rig->channel);
		rig->channel = NULL;
	}
}

static void on_drain(void *data)
{
	struct rig *rig = data;

	if (rig->closed || !rig->channel || !rig->above || !channel_writable(rig->channel))
		abort();
	rig->above = channel_queued(rig->channel) > CHANNEL_HIGH_WATER;
}

static const struct channel_ops ops = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};
/* A second owner. */
static const struct channel_ops other = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};

static const struct channel_ops *ops_other(void)
{
	return &other;
}

/* ---- the peer ---- */

static void peer_send(struct rig *rig, const uint8_t *bytes, size_t length)
{
	if (rig->peer >= 0)
		log_add(&to_us, bytes, hostile_send(rig->peer, bytes, length));
}

static void peer_frame(struct rig *rig)
{
	static uint8_t bytes[HOSTILE_FRAME_MAX];

	peer_send(rig, bytes, hostile_frame(&rig->in, types, TYPES, bytes));
}

static void peer_bytes(struct rig *rig)
{
	size_t length;
	const uint8_t *bytes = input_take(&rig->in, input_byte(&rig->in), &length);

	peer_send(rig, bytes, length);
}

static void peer_read(struct rig *rig, size_t wanted)
{
	uint8_t bytes[4096];
	ssize_t count = 1;

	while (rig->peer >= 0 && wanted > 0 && count > 0) {
		count = recv(rig->peer, bytes, wanted < sizeof(bytes) ? wanted : sizeof(bytes),
			MSG_DONTWAIT);
		if (count > 0)
			log_arrived(&to_peer, bytes, (size_t)count);
		wanted -= count > 0 ? (size_t)count : 0;
	}
}

static void peer_close(struct rig *rig, bool half)
{
	if (rig->peer >= 0 && half)
		shutdown(rig->peer, SHUT_WR);
	else if (rig->peer >= 0)
		close(rig->peer);
	if (!half)
		rig->peer = -1;
}

/* Beyond the high water, which is rare, since it takes time. */
static void queue_fill(struct rig *rig, uint8_t amount)
{
	int frames = amount >= 252 ? 5 : 1;

	for (int i = 0; i < frames && !rig->filled; i++)
		owner_send(rig, 255);
	rig->filled = rig->filled || frames > 1;
}

/* ---- what happens ---- */

static void happen(struct rig *rig, uint8_t what)
{
	uint8_t amount = 0;

	if (what != 0 && what != 1)
		amount = input_byte(&rig->in);
	switch (what) {
	case 0:
		peer_frame(rig);
		break;
	case 1:
		peer_bytes(rig);
		break;
	case 2:
		peer_read(rig, (size_t)amount * 256);
		break;
	case 3:
		peer_close(rig, amount & 1);
		break;
	case 4:
		owner_send(rig, amount);
		break;
	case 9:
		queue_fill(rig, amount);
		break;
	case 5:
		if (rig->channel)
			(amount & 1 ? channel_pause : channel_resume)(rig->channel);
		break;
	case 6:
		rig->reaction = (enum reaction)(amount % REACTIONS);
		break;
	case 7:
		world_pass((uint64_t)amount * 8);
		break;
	case 8:
		owner_end(rig, (enum reaction)(DESTROY + amount % 4));
		break;
	default:
		if (rig->channel)
			channel_flush(rig->channel);
		break;
	}
}

/* The low bits say what, the highest whether the loop turns after it. */
static void live(struct rig *rig)
{
	for (int i = 0; i < THINGS_MAX && rig->in.left > 0; i++) {
		uint8_t what = input_byte(&rig->in);
		happen(rig, (what & 0x7f) % 11);
		if (what & 0x80)
			world_turn(&rig->loop);
	}
	peer_close(rig, false);
	if (rig->channel)
		channel_destroy(rig->channel);
	rig->channel = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const int buffer = SOCKET_BUFFER;
	struct rig rig = {.in = {data, size}};
	struct world world;
	int pair[2];

	to_us.length = to_us.arrived = to_peer.length = to_peer.arrived = 0;
	world_begin(&world, NULL, NULL);
	if (uv_loop_init(&rig.loop) < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	rig.peer = pair[1];
	if (channel_create(&rig.loop, pair[0], &ops, &rig, &rig.channel) < 0)
		abort();
	live(&rig);
	world_run(&rig.loop);
	world_end(&world);
	return 0;
}
