/*
 * A guest's serial console in the broker: what it prints comes through the monitor's socket, is
 * kept, cut into lines for the journal, and copied to readers who are slow, type, take each other's
 * place and go.
 *
 * Covers: host-broker/monitor/console.c host-broker/system/console-ring.c
 * Covers: host-broker/journal/console-log.c host-broker/journal/consoles.c
 * Covers: host-broker/journal/journal.c host-broker/journal/line.c
 * Leaves out: what the client does with it (target console-client). Slow: each line is escaped
 * Leaves out: and written to the journal
 */
#include "host-broker/monitor/console.h"

#include <sys/socket.h>
#include <unistd.h>

#include "tests/fuzz/hostile.h"
#include "tests/lib/broker-rig.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/world.h"

#define READERS 4
#define THINGS_MAX 48 /* that happen in one input */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct rig {
	struct input_bytes in;
	struct broker_rig broker;
	struct console *console; /* of the first VM */
	int monitor;             /* the monitor's end of it; -1: closed */
	int readers[READERS];    /* likewise */
};

static struct vm *vm_of(struct rig *rig)
{
	return rig->broker.vms[0];
}

static void on_bytes(void *data, const char *bytes, size_t length)
{
	struct rig *rig = data;
	struct monitor *monitor = fake_monitor_find(vm_configuration(vm_of(rig))->name);

	if (monitor)
		fake_monitor_console(monitor, bytes, length);
}

static void on_end(void *data)
{
	(void)data;
}

static const struct console_callbacks callbacks = {.on_bytes = on_bytes, .on_end = on_end};

static void monitor_close(struct rig *rig)
{
	if (rig->monitor >= 0)
		close(rig->monitor);
	rig->monitor = -1;
}

static void reader_close(struct rig *rig, int which)
{
	if (rig->readers[which] >= 0)
		close(rig->readers[which]);
	rig->readers[which] = -1;
}

/* What comes first is what was printed before. */
static void reader_attach(struct rig *rig, int which, uint8_t how)
{
	const struct console_attach options = {
		.watch = how & 16, .take = how & 32, .owner = how & 64, .uid = how >> 6};
	struct console_attached attached;

	reader_close(rig, which);
	if (consoles_attach(rig->broker.consoles, vm_of(rig), &options, &attached) < 0)
		return;
	if (attached.replay > CONSOLE_RING_SIZE)
		abort();
	rig->readers[which] = attached.fd;
}

/* The same bytes again and again; much of it takes time. */
static void guest_floods(struct rig *rig, uint8_t amount)
{
	static const char line[] =
		"a line of the kernel, with \x1b[31mcolour\x1b[m and a title \x1b]0;x\x07\r\n";

	for (int i = 0; i < (amount == 255 ? 64 : amount % 4); i++)
		hostile_send(rig->monitor, (const uint8_t *)line, sizeof(line) - 1);
}

static void look(struct rig *rig)
{
	struct console_lines lines;

	vm_console(vm_of(rig), &lines);
	if (vm_console_ring(vm_of(rig))->length > CONSOLE_RING_SIZE)
		abort();
}

static void happen(struct rig *rig, uint8_t what, uint8_t how)
{
	int which = how % READERS;
	size_t length;
	const uint8_t *bytes;

	switch (what) {
	case 0:
	case 1:
		bytes = input_take(&rig->in, how, &length);
		hostile_send(rig->monitor, bytes, length);
		break;
	case 2:
		guest_floods(rig, how);
		break;
	case 3:
		reader_attach(rig, which, how);
		break;
	case 4:
		reader_close(rig, which);
		break;
	case 5:
		hostile_read(rig->readers[which], 128 * (size_t)how);
		break;
	case 6:
		hostile_send(rig->readers[which], (const uint8_t *)"typed\r", 1 + how % 6u);
		break;
	case 7:
		world_pass(how * UINT64_C(20));
		break;
	case 8:
		if (how & 128)
			monitor_close(rig);
		else if (how & 1)
			vm_stop(vm_of(rig), true, 0);
		else
			vm_start(vm_of(rig));
		break;
	case 9:
		console_send(rig->console, "typed", 1 + how % 5u);
		break;
	default:
		look(rig);
		break;
	}
}

/* Pairs: what (the highest bit: the loop turns), and how. */
static void live(struct rig *rig)
{
	vm_start(vm_of(rig));
	for (int i = 0; i < THINGS_MAX && rig->in.left > 0; i++) {
		uint8_t what = input_byte(&rig->in);
		happen(rig, (what & 0x7f) % 11, input_byte(&rig->in));
		if (what & 0x80)
			world_turn(&rig->broker.loop);
	}
	vm_stop(vm_of(rig), true, 0);
	world_turn(&rig->broker.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig rig;
	struct world world;
	int pair[2];

	broker_rig_prepare();
	rig = (struct rig){.in = {data, size}};
	for (int i = 0; i < READERS; i++)
		rig.readers[i] = -1;
	world_begin(&world, NULL, NULL);
	broker_rig_init(&rig.broker);
	broker_rig_add_vms(&rig.broker);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0 ||
		console_create(&rig.broker.loop, pair[0], "one", &callbacks, &rig, &rig.console) <
			0)
		abort();
	rig.monitor = pair[1];
	live(&rig);
	for (int i = 0; i < READERS; i++)
		reader_close(&rig, i);
	monitor_close(&rig);
	console_destroy(rig.console);
	broker_rig_finish(&rig.broker);
	world_run(&rig.broker.loop);
	world_end(&world);
	return 0;
}
