/*
 * A device's server and the guest that it meets, from the greeting on: the agent's answer byte by
 * byte or not at all, then requests on the same stream, while transfers of a device that exists in
 * memory only end, fail and wait.
 *
 * Covers: usb/greeting.c usb/stream.c usb/server.c usb/transfer.c usb/outbox.c usb/urb-table.c
 * Covers: usb/usbip-wire.c usb/buffer-pool.c proto/wire/hello.c
 * Leaves out: libusb and its events, the program's options and sandbox
 */
#include <sys/socket.h>
#include <unistd.h>

#include "proto/common.pb-c.h"
#include "proto/wire/hello.h"
#include "tests/fuzz/hostile.h"
#include "tests/lib/fake-usb.h"
#include "tests/lib/world.h"
#include "usb/greeting.h"
#include "usb/server.h"
#include "usb/stream.h"
#include "usb/urb-table.h"

#define DEVID 0x10002
#define THINGS_MAX 64 /* that happen in one input */
#define REQUEST_SIZE 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {FRAME_HELLO, FRAME_REJECT, FRAME_OPENED, FRAME_DATA, FRAME_GRANT};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct rig {
	struct input_bytes in;
	uv_loop_t loop;
	struct server *server;
	struct stream *stream;
	int guest; /* -1: closed */
	int things;
	bool ended;
};

/* ---- the guest ---- */

static void guest_close(struct rig *rig)
{
	if (rig->guest >= 0)
		close(rig->guest);
	rig->guest = -1;
}

static void guest_bytes(struct rig *rig)
{
	size_t length;
	const uint8_t *bytes = input_take(&rig->in, input_byte(&rig->in), &length);

	hostile_send(rig->guest, bytes, length);
}

/* The answer as it should be, in two pieces if the byte says so. */
static void guest_hello(struct rig *rig, uint8_t how)
{
	Vmsilo__Hello hello;
	uint8_t bytes[FRAME_HEADER_SIZE + 64];

	hello_offer(&hello, "agent", NULL);
	hello.version_min += (how & 1);
	size_t length = vmsilo__hello__pack(&hello, bytes + FRAME_HEADER_SIZE);
	frame_encode_header(bytes, FRAME_HELLO, 0, (uint32_t)length);
	length += FRAME_HEADER_SIZE;
	hostile_send(rig->guest, bytes, how & 2 ? length - 1 : length);
}

/* A request whose rarer fields are right, so that the fuzzer's bytes get beyond them; data of an
 * OUT follows by itself. */
static void guest_request(struct rig *rig)
{
	uint8_t header[REQUEST_SIZE + 255] = {0};
	uint8_t how = input_byte(&rig->in);

	header[3] = how & 1 ? 2 : 1;
	header[7] = input_byte(&rig->in); /* its number */
	header[9] = DEVID >> 16;
	header[11] = DEVID & 0xff;
	header[15] = how >> 1 & 1; /* IN */
	header[19] = how >> 4;     /* endpoint */
	for (int i = 20; i < 24; i++)
		header[i] = how & 4 ? input_byte(&rig->in) : 0;
	header[26] = how & 8 ? input_byte(&rig->in) : 0;
	header[27] = input_byte(&rig->in); /* length */
	header[35] = how & 8 ? input_byte(&rig->in) : 0;
	for (int i = 40; i < REQUEST_SIZE; i++)
		header[i] = input_byte(&rig->in);
	hostile_send(rig->guest, header, REQUEST_SIZE + (how & 3 ? (size_t)0 : (size_t)header[27]));
}

/* What either phase has. */
static void guest_act(struct rig *rig, uint8_t what)
{
	switch (what) {
	case 0:
		hostile_say(rig->guest, &rig->in, types, TYPES);
		break;
	case 1:
		guest_bytes(rig);
		break;
	case 2:
		guest_hello(rig, input_byte(&rig->in));
		break;
	case 3:
		if (rig->guest >= 0 && input_byte(&rig->in) & 1)
			shutdown(rig->guest, SHUT_WR);
		else
			guest_close(rig);
		break;
	default:
		world_pass((uint64_t)input_byte(&rig->in) * 64);
		break;
	}
}

/* While the server waits for the answer. */
static bool on_wait(void *data)
{
	struct rig *rig = data;

	if (rig->in.left == 0 || ++rig->things > THINGS_MAX) {
		guest_close(rig);
		return false;
	}
	guest_act(rig, input_byte(&rig->in) % 5);
	return true;
}

/* ---- the server ---- */

static void on_nothing(void *data)
{
	(void)data;
}

static void on_output(void *data)
{
	struct rig *rig = data;

	if (rig->stream)
		stream_kick(rig->stream);
}

static const struct server_ops ops = {
	.on_output = on_output, .on_device_lost = on_nothing, .on_idle = on_nothing};

static void on_end(void *data, int reason)
{
	struct rig *rig = data;

	if (rig->ended || reason > 0)
		abort();
	rig->ended = true;
}

static void device_act(uint8_t how, uint8_t amount)
{
	switch (how & 3) {
	case 0:
	case 1:
		if (fake_usb.count > 0)
			fake_usb_complete(amount % fake_usb.count,
				(enum libusb_transfer_status)((how >> 2) % 7), amount * 4);
		break;
	case 2:
		fake_usb_settle();
		break;
	default:
		fake_usb.submit_code = -(amount % 13);
		fake_usb.call_code = -((how >> 2) % 13);
		break;
	}
}

static void happen(struct rig *rig, uint8_t what)
{
	uint8_t how;

	switch (what) {
	case 0:
	case 1:
	case 2:
		guest_request(rig);
		break;
	case 3:
	case 4:
		how = input_byte(&rig->in);
		device_act(how, input_byte(&rig->in));
		break;
	case 5:
		hostile_read(rig->guest, 64 * (size_t)input_byte(&rig->in));
		break;
	default:
		guest_act(rig, what - 5);
		break;
	}
}

/* After the greeting; the highest bit: the loop turns. */
static void serve(struct rig *rig, int fd)
{
	if (stream_create(&rig->loop, fd, rig->server, on_end, rig, &rig->stream) < 0)
		abort();
	while (rig->in.left > 0 && ++rig->things <= THINGS_MAX && !rig->ended) {
		uint8_t what = input_byte(&rig->in);
		happen(rig, (what & 0x7f) % 10);
		if (what & 0x80)
			world_turn(&rig->loop);
		if (fake_usb.count > URB_TABLE_MAX)
			abort();
	}
	world_turn(&rig->loop);
	stream_destroy(rig->stream);
	rig->stream = NULL;
}

static void server_end(struct rig *rig)
{
	server_stop(rig->server);
	while (fake_usb.count > 0)
		fake_usb_complete(0, LIBUSB_TRANSFER_CANCELLED, 0);
	if (!server_idle(rig->server))
		abort();
	server_destroy(rig->server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct device device;
	static const struct token token = {{7}};
	struct rig rig = {.in = {data, size}};
	struct error error = {0};
	struct world world;
	int pair[2];

	world_begin(&world, on_wait, &rig);
	fake_usb_init();
	if (uv_loop_init(&rig.loop) < 0 ||
		device_init(&device, &fake_usb_calls, NULL, fake_usb_descriptors,
			fake_usb_descriptors_size, 1) < 0 ||
		server_create(&device, DEVID, &ops, &rig, &rig.server) < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	rig.guest = pair[1];
	int code = greeting_exchange(pair[0], &token, &error);
	world_lead(&world);
	if (code == 0)
		serve(&rig, pair[0]);
	else if (!error.text[0])
		abort();
	server_end(&rig);
	device_finish(&device);
	guest_close(&rig);
	world_run(&rig.loop);
	close(pair[0]);
	world_end(&world);
	return 0;
}
