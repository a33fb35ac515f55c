/*
 * The user's terminal on a guest's console: whatever the guest prints, nothing passes that does
 * more than show text; and whatever the user does, the client ends when either side goes.
 *
 * Covers: host-broker/cli/session/console-client.c proto/base/terminal-filter.c
 * Leaves out: a real terminal (path/console), the question to the broker
 */
#include "host-broker/cli/session/console-client.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"
#include "tests/fuzz/hostile.h"
#include "tests/lib/stdio-pipes.h"
#include "tests/lib/world.h"

#define THINGS_MAX 48 /* that happen in one input */
#define SHOWN_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct rig {
	struct input_bytes in;
	struct stdio_pipes user;
	int guest, client; /* the console's two ends */
	int things;
	uint8_t how;
};

static struct rig *asked; /* whom ask() answers for */
static char shown[SHOWN_MAX];
static size_t shown_length;

/* In the place of cli/ask.c: the broker's answer. */
int ask(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret)
{
	Vmsilo__Broker__Descriptor descriptor = VMSILO__BROKER__DESCRIPTOR__INIT;
	uint8_t bytes[64];

	(void)start;
	(void)request;
	if (type != FRAME_CONSOLE || wanted != FRAME_DESCRIPTOR)
		abort();
	descriptor.state = asked->how & 1 ? VMSILO__BROKER__VM_STATE__VM_STOPPED
					  : VMSILO__BROKER__VM_STATE__VM_RUNNING;
	descriptor.may_write = asked->how & 2;
	descriptor.replay = asked->how >> 2;
	descriptor.reason = "a reason";
	const struct frame frame = {.type = wanted,
		.length = (uint32_t)vmsilo__broker__descriptor__pack(&descriptor, bytes),
		.payload = bytes};
	*ret = (struct broker_answer){
		.type = wanted, .message = message_unpack(&frame), .session_fd = asked->client};
	return 0;
}

static void guest_close(struct rig *rig)
{
	if (rig->guest >= 0)
		close(rig->guest);
	rig->guest = -1;
}

static void user_reads(struct rig *rig, size_t wanted)
{
	while (rig->user.ends[1] >= 0 && wanted > 0) {
		size_t room = SHOWN_MAX - shown_length;
		ssize_t count = read(
			rig->user.ends[1], shown + shown_length, wanted < room ? wanted : room);
		if (count <= 0)
			return;
		shown_length += (size_t)count;
		wanted -= (size_t)count;
	}
}

/* It takes only those that it waits for. */
static void user_signals(uint8_t which)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	sigset_t blocked;

	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	if (sigismember(&blocked, numbers[which % 4]))
		pthread_kill(pthread_self(), numbers[which % 4]);
}

static void happen(struct rig *rig, uint8_t what, uint8_t how)
{
	size_t length;
	const uint8_t *bytes;

	switch (what) {
	case 0:
	case 1:
	case 2:
		bytes = input_take(&rig->in, how, &length);
		hostile_send(rig->guest, bytes, length);
		break;
	case 3:
		user_reads(rig, 64 * (size_t)how);
		break;
	case 4:
		bytes = input_take(&rig->in, how % 16, &length);
		if (rig->user.ends[0] >= 0)
			(void)!write(rig->user.ends[0], bytes, length);
		break;
	case 5:
		if (how >= 250)
			stdio_pipes_close_end(&rig->user, how % 2);
		break;
	case 6:
		if (how >= 250)
			user_signals(how);
		break;
	case 7:
		hostile_read(rig->guest, how);
		break;
	case 8:
		bytes = (const uint8_t *)"0123456789abcdefghijklmnopqrstuvwxyz0123456789\r\n";
		for (int i = 0; i < how; i++)
			hostile_send(rig->guest, bytes, 48);
		break;
	default:
		if (how >= 240)
			guest_close(rig);
		break;
	}
}

static bool on_wait(void *data)
{
	struct rig *rig = data;

	if (rig->in.left > 0 && ++rig->things <= THINGS_MAX) {
		uint8_t what = input_byte(&rig->in);
		happen(rig, what % 10, input_byte(&rig->in));
		return true;
	}
	user_reads(rig, SHOWN_MAX);
	guest_close(rig);
	stdio_pipes_close_end(&rig->user, 0);
	stdio_pipes_close_end(&rig->user, 1);
	return false;
}

static void never(const char *what)
{
	if (memmem(shown, shown_length, what, strlen(what)))
		abort();
}

/* What begins a string, asks for an answer, or is a control character of 8 bits. */
static void shown_check(void)
{
	never("\x05");
	never("\x1b]");
	never("\x1bP");
	never("\x1b_");
	never("\x1b^");
	never("\x1bZ");
	never("\x1b[c");
	never("\x1b[6n");
	never("\xc2\x9b");
	never("\xc2\x9d");
}

/* One that came too late must not end us. */
static void signals_forget(const sigset_t *mask)
{
	const struct timespec now = {0};
	sigset_t pending;

	sigpending(&pending);
	while (!sigisemptyset(&pending) && sigtimedwait(&pending, NULL, &now) > 0)
		sigpending(&pending);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
}

/* The first two bytes: the broker's answer, and what was asked. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig rig = {.in = {data, size}};
	struct world world;
	sigset_t mask;
	int pair[2];

	stdio_pipes_prepare();
	pthread_sigmask(SIG_BLOCK, NULL, &mask);
	shown_length = 0;
	asked = &rig;
	rig.how = input_byte(&rig.in);
	uint8_t wish = input_byte(&rig.in);
	const struct console_request request = {.vm = "a", .watch = wish & 1, .take = wish & 2};
	world_begin(&world, on_wait, &rig);
	stdio_pipes_open(&rig.user);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	rig.client = pair[0];
	rig.guest = pair[1];
	int code = console_run(&request);
	if (code < 0 || code > 255)
		abort();
	user_reads(&rig, SHOWN_MAX);
	guest_close(&rig);
	stdio_pipes_close(&rig.user);
	world_end(&world);
	signals_forget(&mask);
	shown_check();
	return 0;
}
