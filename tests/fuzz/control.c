/*
 * The control channels of two VMs in the hands of their guests: any number of peers that say
 * anything in any order, with the real VMs and all that watches them behind it, while monitors,
 * time and the broker's own requests go on.
 *
 * Covers: host-broker/control/control.c host-broker/vm/vm.c host-broker/vm/requests.c
 * Covers: host-broker/vm/watch.c host-broker/journal/guest-log.c host-broker/memory/report-check.c
 * Covers: host-broker/memory/balancer.c host-broker/memory/seats.c host-broker/idle/idle.c
 * Covers: host-broker/idle/policy.c host-broker/clock/keeper.c host-broker/idle/why.c
 * Covers: host-broker/vm/stop-ladder.c host-broker/vm/waiters.c host-broker/vm/run.c
 * Covers: host-broker/setup/setup.c host-broker/vm/pause.c
 * Covers: proto/wire/hello.c proto/io/listen.c
 * Leaves out: the kernel's vsock, the monitors themselves, clients. Slow: each input starts a VM
 * Leaves out: with its folder, socket and record
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host-broker/idle/explain.h"
#include "proto/common.pb-c.h"
#include "proto/control.pb-c.h"
#include "proto/wire/hello.h"
#include "tests/fuzz/hostile.h"
#include "tests/lib/broker-rig.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/world.h"

#define PEERS 6
#define THINGS_MAX 32 /* that happen in one input */
#define HOLDS_MAX 4
#define MIB (UINT64_C(1) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint16_t types[] = {FRAME_ACTIVITY, FRAME_REPORT, FRAME_LOG, FRAME_IDLE, FRAME_CLOCK,
	FRAME_SHUTDOWN_ACK, FRAME_USB_ATTACHED, FRAME_USB_DETACHED, FRAME_SETUP_DONE, FRAME_HELLO,
	FRAME_REJECT, FRAME_GRANT, FRAME_SHUTDOWN, FRAME_REPORT_WANTED, FRAME_USB_ATTACH,
	FRAME_OPEN, FRAME_DATA, FRAME_NETWORK};
#define TYPES (sizeof(types) / sizeof(types[0]))

struct rig {
	struct input_bytes in;
	struct broker_rig broker;
	int peers[PEERS]; /* -1: none */
	struct idle_hold *holds[HOLDS_MAX];
	struct waiter waiters[BROKER_RIG_VMS];
	bool waits[BROKER_RIG_VMS];
	struct balancer_viewer viewer;
	bool views;
};

/* ---- guests ---- */

static void say(int fd, uint16_t type, const ProtobufCMessage *message)
{
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX];
	size_t length = protobuf_c_message_get_packed_size(message);

	if (length > FRAME_TEXT_MAX)
		abort();
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	hostile_send(fd, bytes, FRAME_HEADER_SIZE + length);
}

static void peer_close(struct rig *rig, int peer)
{
	if (rig->peers[peer] >= 0)
		close(rig->peers[peer]);
	rig->peers[peer] = -1;
}

static void peer_connect(struct rig *rig, int peer, size_t vm)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	peer_close(rig, peer);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.64s/%s/vsock/s_%d",
		broker_rig_paths()->runtime, vm_configuration(rig->broker.vms[vm])->name,
		PORT_CONTROL);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		abort();
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		close(fd);
	else
		rig->peers[peer] = fd;
}

static void say_hello(int fd, uint8_t how)
{
	Vmsilo__Hello hello;

	hello_offer(&hello, "an agent", NULL);
	hello.version_min += how % 3;
	hello.version_max += how / 3 % 3;
	say(fd, FRAME_HELLO, &hello.base);
}

/* Figures that could be, or nearly. */
static void say_report(int fd, struct input_bytes *in)
{
	Vmsilo__Control__Report report = VMSILO__CONTROL__REPORT__INIT;
	uint8_t how = input_byte(in);

	report.total = 2 * MIB * input_byte(in);
	report.free = report.total / 256 * input_byte(in);
	report.available = report.total / 256 * input_byte(in);
	report.some_avg10 = 40u * input_byte(in);
	report.full_avg10 = 40u * input_byte(in);
	report.pressure = how & 1;
	for (int i = 0; i <= how >> 6; i++)
		say(fd, FRAME_REPORT, &report.base);
}

static void say_log(int fd, struct input_bytes *in)
{
	Vmsilo__Control__Log log = VMSILO__CONTROL__LOG__INIT;
	uint8_t how = input_byte(in);

	log.pid = how;
	log.kind = (Vmsilo__Control__Log__Kind)(how % 6);
	log.number = input_byte(in);
	log.program.data = (uint8_t *)input_take(in, how >> 5, &log.program.len);
	log.text.data = (uint8_t *)input_take(in, input_byte(in) % 64, &log.text.len);
	for (int i = 0; i <= (how == 255 ? 40 : 0); i++)
		say(fd, FRAME_LOG, &log.base);
}

/* Both answers have problems alone. */
static void say_problems(int fd, struct input_bytes *in)
{
	Vmsilo__Control__SetupDone done = VMSILO__CONTROL__SETUP_DONE__INIT;
	Vmsilo__Control__Network network = VMSILO__CONTROL__NETWORK__INIT;
	char text[SETUP_PROBLEM_MAX + 2] = "";
	char *problems[SETUP_PROBLEMS_MAX + 1];
	uint8_t how = input_byte(in);

	memset(text, input_byte(in), (size_t)how * 2 % sizeof(text));
	for (size_t i = 0; i < SETUP_PROBLEMS_MAX + 1; i++)
		problems[i] = text;
	done.problems = problems;
	done.n_problems = how % (SETUP_PROBLEMS_MAX + 2);
	network.problems = problems;
	network.n_problems = done.n_problems;
	if (how & 1)
		say(fd, FRAME_NETWORK, &network.base);
	else
		say(fd, FRAME_SETUP_DONE, &done.base);
}

/* Messages that are right but for a byte or two. */
static void say_right(struct rig *rig, int fd)
{
	Vmsilo__Control__Activity activity = VMSILO__CONTROL__ACTIVITY__INIT;
	Vmsilo__Control__Idle idle = VMSILO__CONTROL__IDLE__INIT;
	Vmsilo__Control__Clock clock = VMSILO__CONTROL__CLOCK__INIT;
	uint8_t what = input_byte(&rig->in);

	switch (what % 7) {
	case 0:
		say_hello(fd, what / 7);
		break;
	case 1:
		activity.sessions = what == 1 ? input_number(&rig->in) : what / 7;
		say(fd, FRAME_ACTIVITY, &activity.base);
		break;
	case 2:
		say_report(fd, &rig->in);
		break;
	case 3:
		say_log(fd, &rig->in);
		break;
	case 4:
		idle.inhibitors = what / 7;
		idle.programs = what / 60;
		say(fd, FRAME_IDLE, &idle.base);
		break;
	case 5:
		say_problems(fd, &rig->in);
		break;
	default:
		clock.stepped_ms = what - 100;
		say(fd, FRAME_CLOCK, &clock.base);
		break;
	}
}

static void peer_act(struct rig *rig, uint8_t how)
{
	int peer = (how & 15) % PEERS;
	int fd = rig->peers[peer];
	size_t length;
	const uint8_t *bytes;

	switch (how >> 4) {
	case 0:
	case 1:
		peer_connect(rig, peer, how >> 4);
		break;
	case 2:
		peer_close(rig, peer);
		break;
	case 3:
		if (fd >= 0)
			shutdown(fd, SHUT_WR);
		break;
	case 4:
		bytes = input_take(&rig->in, input_byte(&rig->in), &length);
		if (fd >= 0)
			hostile_send(fd, bytes, length);
		break;
	case 5:
		hostile_read(fd, 256 * (size_t)input_byte(&rig->in));
		break;
	case 6:
	case 7:
	case 8:
	case 9:
		hostile_say(fd, &rig->in, types, TYPES);
		break;
	default:
		say_right(rig, fd);
		break;
	}
}

/* ---- monitors ---- */

static void monitor_act(struct rig *rig, uint8_t how)
{
	struct monitor *monitor =
		fake_monitor_find(vm_configuration(rig->broker.vms[how & 1])->name);

	if (!monitor)
		return;
	switch (how >> 1 & 7) {
	case 0:
		fake_monitor_exit(
			monitor, (enum monitor_end)((how >> 4) % (MONITOR_END_ERROR + 1)));
		break;
	case 1:
	case 2:
		fake_monitor_event(monitor,
			(enum monitor_event)((how >> 4) % (MONITOR_EVENT_DISK_RESIZED + 1)));
		break;
	case 3:
		fake_monitor_console(monitor, "a line\r\nand more", 16);
		break;
	case 4:
		fake_monitor_balloon(monitor, fake_monitor_wanted(monitor));
		break;
	default:
		fake_monitor_balloon(monitor, 2 * MIB * input_byte(&rig->in));
		break;
	}
}

/* ---- the broker's own ---- */

static void on_wait_done(void *data)
{
	*(bool *)data = false;
}

static void on_wait_failed(void *data, const struct failure *failure)
{
	if (!failure->text[0])
		abort();
	*(bool *)data = false;
}

static void on_wait_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)data;
	(void)stage;
}

static void wait_for(struct rig *rig, size_t vm, enum wait wanted)
{
	if (rig->waits[vm])
		return;
	rig->waits[vm] = true;
	rig->waiters[vm] = (struct waiter){.wanted = wanted,
		.on_done = on_wait_done,
		.on_failed = on_wait_failed,
		.on_progress = on_wait_progress,
		.data = &rig->waits[vm]};
	vm_wait(rig->broker.vms[vm], &rig->waiters[vm]);
}

static void wait_cancel(struct rig *rig, size_t vm)
{
	if (rig->waits[vm])
		vm_wait_cancel(rig->broker.vms[vm], &rig->waiters[vm]);
	rig->waits[vm] = false;
}

static void on_row(void *data, const struct balancer_row *row)
{
	(void)data;
	if (row->guest->target < row->guest->min || row->guest->target > row->guest->max)
		abort();
}

static void on_viewed(void *data)
{
	struct rig *rig = data;

	rig->views = false;
	balancer_rows(rig->broker.balancer, on_row, NULL);
}

static void view(struct rig *rig)
{
	if (rig->views)
		return;
	rig->views = true;
	rig->viewer = (struct balancer_viewer){.on_ready = on_viewed, .data = rig};
	balancer_view(rig->broker.balancer, &rig->viewer);
}

static void hold_turn(struct rig *rig, struct vm *vm, int which)
{
	struct reason reason;

	if (rig->holds[which]) {
		idle_hold_release(rig->holds[which]);
		rig->holds[which] = NULL;
		return;
	}
	reason_make(&reason, REASON_INHIBITED, 0, "", "somebody");
	if (idle_hold_add(rig->broker.idle, vm, &reason, &rig->holds[which]) < 0)
		rig->holds[which] = NULL;
}

static void look(struct rig *rig, struct vm *vm)
{
	struct reasons reasons = {0};
	struct idle_status status;

	idle_status(rig->broker.idle, vm, &status);
	vm_explain(rig->broker.why, rig->broker.idle, vm, &reasons);
}

static void grant(struct vm *vm, uint8_t how)
{
	const struct token token = {{how}};
	struct endpoint endpoint;

	vm_grant(vm, &token, how & 2 ? PORT_SESSION : PORT_TRAY, "", &endpoint);
}

static void pause_try(struct vm *vm)
{
	struct error error = {0};

	if (vm_pause(vm, &error) < 0 && !error.text[0])
		abort();
}

static void broker_act(struct rig *rig, uint8_t how)
{
	struct vm *vm = rig->broker.vms[how & 1];

	switch (how >> 1 & 15) {
	case 0:
	case 1:
		vm_start(vm);
		break;
	case 2:
		vm_stop(vm, how & 128, 0);
		break;
	case 3:
	case 4:
		grant(vm, how);
		break;
	case 5:
		wait_for(rig, how & 1, how & 128 ? WAIT_RUNNING : WAIT_STOPPED);
		break;
	case 6:
		wait_cancel(rig, how & 1);
		break;
	case 7:
		view(rig);
		break;
	case 8:
		hold_turn(rig, vm, how >> 6);
		break;
	case 9:
		idle_keep(rig->broker.idle, vm, 1000u * (how >> 5));
		break;
	case 10:
		look(rig, vm);
		break;
	case 11:
		pause_try(vm);
		break;
	case 12:
		wait_for(rig, how & 1, WAIT_PAUSED);
		break;
	case 13:
		vm_start_paused(vm);
		break;
	default:
		vm_agent_lost(vm, "the agent does not answer");
		break;
	}
}

/* ---- all of it ---- */

static void happen(struct rig *rig, uint8_t what, uint8_t how)
{
	switch (what) {
	case 0:
	case 1:
	case 2:
	case 3:
		peer_act(rig, how);
		break;
	case 4:
		monitor_act(rig, how);
		break;
	case 5:
		broker_act(rig, how);
		break;
	default:
		world_pass(how < 128 ? how * UINT64_C(8) : (how - 127) * UINT64_C(1000));
		break;
	}
}

/* A VM that runs, with its agent. */
static void vm_up(struct rig *rig, size_t vm)
{
	vm_start(rig->broker.vms[vm]);
	peer_connect(rig, (int)vm, vm);
	say_hello(rig->peers[vm], 0);
	world_turn(&rig->broker.loop);
	world_turn(&rig->broker.loop);
	if (vm_state(rig->broker.vms[vm]) != VM_STATE_RUNNING)
		abort();
}

/* The first byte: bit 0: "one" is off, bit 1: "two" runs. Then pairs: what (the highest bit: the
 * loop turns), and how. */
static void live(struct rig *rig)
{
	uint8_t first = input_byte(&rig->in) ^ 2;

	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++)
		if (!(first >> vm & 1))
			vm_up(rig, vm);
	for (int i = 0; i < THINGS_MAX && rig->in.left > 0; i++) {
		uint8_t what = input_byte(&rig->in);
		happen(rig, (what & 0x7f) % 7, input_byte(&rig->in));
		if (what & 0x80)
			world_turn(&rig->broker.loop);
	}
}

static void finish(struct rig *rig)
{
	for (int i = 0; i < HOLDS_MAX; i++)
		if (rig->holds[i])
			idle_hold_release(rig->holds[i]);
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++)
		wait_cancel(rig, vm);
	if (rig->views)
		balancer_view_cancel(rig->broker.balancer, &rig->viewer);
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++)
		vm_stop(rig->broker.vms[vm], true, 0);
	broker_rig_settle(&rig->broker);
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++)
		if (vm_state(rig->broker.vms[vm]) != VM_STATE_STOPPED &&
			vm_state(rig->broker.vms[vm]) != VM_STATE_FAILED)
			abort();
	for (int i = 0; i < PEERS; i++)
		peer_close(rig, i);
	broker_rig_finish(&rig->broker);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig rig;
	struct world world;

	broker_rig_prepare();
	rig = (struct rig){.in = {data, size}};
	for (int i = 0; i < PEERS; i++)
		rig.peers[i] = -1;
	world_begin(&world, NULL, NULL);
	broker_rig_init(&rig.broker);
	broker_rig_add_vms(&rig.broker);
	live(&rig);
	finish(&rig);
	world_run(&rig.broker.loop);
	world_end(&world);
	return 0;
}
