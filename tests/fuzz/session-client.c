/*
 * A client of a session whose guest is hostile: vm-run from the greeting to its exit code, with
 * pipes in place of stdin, stdout and stderr, and a user who types, goes and sends signals.
 *
 * Covers: host-broker/cli/session/client.c host-broker/cli/session/open.c
 * Covers: proto/session/sink.c proto/session/source.c proto/session/stream-fd.c
 * Covers: proto/session/streams.c host-broker/cli/session/leave.c proto/wire/session-rules.c
 * Covers: proto/wire/credit.c
 * Leaves out: a real terminal (path/terminal), a stderr that blocks
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host-broker/cli/session/client.h"
#include "proto/common.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/wire/hello.h"
#include "tests/fuzz/hostile.h"
#include "tests/lib/stdio-pipes.h"
#include "tests/lib/world.h"

#define THINGS_MAX 48 /* that happen in one input */
#define FIRST_FREE 20 /* above stdin and its like */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {FRAME_DATA, FRAME_END, FRAME_STOP, FRAME_CREDIT, FRAME_OPENED,
	FRAME_STATUS, FRAME_FAILED, FRAME_REJECT, FRAME_HELLO, FRAME_OPEN, FRAME_SIGNAL,
	FRAME_WINDOW, FRAME_PROBE, FRAME_ACTIVITY};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct rig {
	struct input_bytes in;
	int things;
	int guest; /* -1: closed */
	struct stdio_pipes user;
};

/* A client that stops itself goes on at once. */
int raise(int number)
{
	if (number == SIGTSTP)
		return 0;
	return (int)syscall(SYS_tgkill, getpid(), gettid(), number);
}

static void guest_close(struct rig *rig)
{
	if (rig->guest >= 0)
		close(rig->guest);
	rig->guest = -1;
}

static void say(struct rig *rig, uint16_t type, uint16_t stream, const ProtobufCMessage *message)
{
	uint8_t bytes[FRAME_HEADER_SIZE + 256];
	size_t length = message ? protobuf_c_message_get_packed_size(message) : 0;

	frame_encode_header(bytes, type, stream, (uint32_t)length);
	if (message)
		protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	hostile_send(rig->guest, bytes, FRAME_HEADER_SIZE + length);
}

/* What an agent may say, as it should be or nearly. */
static void say_right(struct rig *rig, uint8_t how)
{
	Vmsilo__Hello hello;
	Vmsilo__Session__Opened opened = VMSILO__SESSION__OPENED__INIT;
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;
	Vmsilo__Session__Status status = VMSILO__SESSION__STATUS__INIT;
	static uint8_t bytes[HOSTILE_FRAME_MAX];

	switch (how & 7) {
	case 0:
		hello_offer(&hello, "an agent", NULL);
		hello.version_min += (how >> 3 & 1);
		hello.version_max += (how >> 4 & 1);
		say(rig, FRAME_HELLO, 0, &hello.base);
		break;
	case 1:
		opened.pid = 1;
		say(rig, FRAME_OPENED, 0, &opened.base);
		break;
	case 2:
		credit.bytes = (uint32_t)input_byte(&rig->in) * 256;
		say(rig, FRAME_CREDIT, 0, &credit.base);
		break;
	case 3:
	case 4:
		frame_encode_header(bytes, FRAME_DATA, how & 8 ? 2 : 1, (how >> 4) * 4096u);
		hostile_send(rig->guest, bytes, FRAME_HEADER_SIZE + (how >> 4) * 4096u);
		break;
	case 5:
		say(rig, FRAME_END, how & 8 ? 2 : 1, NULL);
		break;
	case 6:
		status.how_case = how & 8 ? VMSILO__SESSION__STATUS__HOW_SIGNALLED
					  : VMSILO__SESSION__STATUS__HOW_EXITED;
		status.exited = input_number(&rig->in) % 300; /* the two are a union */
		say(rig, FRAME_STATUS, 0, &status.base);
		break;
	default:
		say(rig, FRAME_STOP, 0, NULL);
		break;
	}
}

static void guest_bytes(struct rig *rig)
{
	size_t length;
	const uint8_t *bytes = input_take(&rig->in, input_byte(&rig->in), &length);

	hostile_send(rig->guest, bytes, length);
}

static void user_types(struct rig *rig, uint8_t amount)
{
	static const char keys[16384];

	if (rig->user.ends[0] >= 0 && amount < 255)
		(void)!write(rig->user.ends[0], keys, (size_t)amount * 64);
	else
		stdio_pipes_close_end(&rig->user, 0);
}

static void user_reads(struct rig *rig, uint8_t amount)
{
	static char bytes[65536];
	int which = 1 + (amount & 1);

	if (rig->user.ends[which] >= 0 && amount < 254)
		(void)!read(rig->user.ends[which], bytes, (size_t)amount * 256);
	else
		stdio_pipes_close_end(&rig->user, which);
}

static void user_signals(uint8_t which)
{
	static const int numbers[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT};
	int number = numbers[which % (sizeof(numbers) / sizeof(numbers[0]))];
	sigset_t blocked;

	/* Those that are not taken would end us. */
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	if (sigismember(&blocked, number))
		pthread_kill(pthread_self(), number);
}

static void happen(struct rig *rig, uint8_t what)
{
	switch (what) {
	case 0:
	case 1:
		hostile_say(rig->guest, &rig->in, types, TYPES);
		break;
	case 2:
	case 3:
	case 4:
		say_right(rig, input_byte(&rig->in));
		break;
	case 5:
		guest_bytes(rig);
		break;
	case 6:
		hostile_read(rig->guest, 256 * (size_t)input_byte(&rig->in));
		break;
	case 7:
		if (rig->guest >= 0 && input_byte(&rig->in) & 1)
			shutdown(rig->guest, SHUT_WR);
		else
			guest_close(rig);
		break;
	case 8:
		user_types(rig, input_byte(&rig->in));
		break;
	case 9:
		user_reads(rig, input_byte(&rig->in));
		break;
	case 10:
		user_signals(input_byte(&rig->in));
		break;
	default:
		world_pass((uint64_t)input_byte(&rig->in) * 100);
		break;
	}
}

/* Whatever the guest did, the client ends once guest and user are gone. */
static bool on_wait(void *data)
{
	struct rig *rig = data;
	uint8_t what = 0;

	while (rig->in.left > 0 && rig->things < THINGS_MAX && !(what & 0x80)) {
		what = input_byte(&rig->in);
		happen(rig, (what & 0x7f) % 12);
		rig->things++;
	}
	if (rig->in.left > 0 && rig->things < THINGS_MAX)
		return true;
	guest_close(rig);
	for (int i = 0; i < 3; i++)
		stdio_pipes_close_end(&rig->user, i);
	return false;
}

/* A worker's ends are the client's to close. */
static int worker_end(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_FREE);

	if (copy < 0)
		abort();
	return copy;
}

/* The first byte says what was asked for. */
static void run(struct rig *rig, int fd)
{
	static char *argv[] = {"a", "command", NULL}, *none[] = {NULL};
	struct session_times times = {0};
	struct session_worker worker;
	uint8_t how = input_byte(&rig->in);
	struct session_request request = {.vm = "a",
		.argv = how & 1 ? none : argv,
		.service = how & 2 ? "service" : "",
		.workdir = "",
		.detach = how & 4,
		.terminal = how & 8,
		.no_stdin = how & 16,
		.again = how & 64};

	if (how & 32) {
		worker.from_fd = worker_end(STDIN_FILENO);
		worker.to_fd = worker_end(STDOUT_FILENO);
		request.worker = &worker;
		request.terminal = false;
	}
	int code = session_run(fd, &request, &times);
	if ((code < 0 && !(request.again && code == SESSION_AGAIN)) || code > 255)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rig rig = {.in = {data, size}};
	struct world world;
	int pair[2];

	stdio_pipes_prepare();
	world_begin(&world, on_wait, &rig);
	stdio_pipes_open(&rig.user);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
		abort();
	rig.guest = pair[1];
	run(&rig, pair[0]);
	/* It may have ended before all had happened. */
	rig.in.left = 0;
	on_wait(&rig);
	stdio_pipes_close(&rig.user);
	world_end(&world);
	return 0;
}
