#include "tests/lib/broker-rig.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/copy/remove.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/world.h"

#define SETTLE_TURNS 20
#define SETTLE_STEP_MS 500

static const char text[] = "broker:\n"
			   "  memory_budget: 768M\n"
			   "vms:\n"
			   "  - name: one\n"
			   "    accel: tcg\n"
			   "    memory: 512M\n"
			   "    memory_min: 64M\n"
			   "    idle: {after: 60s, notify: 10s, cpu: 50}\n"
			   "    start_timeout: 30s\n"
			   "    usb: [{attach: allow}]\n"
			   "  - name: two\n"
			   "    accel: tcg\n"
			   "    memory: 256M\n"
			   "    usb: [{match: {vendor: 1d6b}, attach: allow}]\n";

static struct paths paths;
static struct config *config;

static void fail(const char *what)
{
	fprintf(stderr, "broker-rig: %s\n", what);
	abort();
}

static void tear_down(void)
{
	config_destroy(config);
	copy_remove(AT_FDCWD, paths.runtime);
}

static void log_nothing(enum log_level level, const char *vm, const char *line)
{
	(void)level;
	(void)vm;
	(void)line;
}

void broker_rig_prepare(void)
{
	const char *shared = "/dev/shm";
	struct error error = {0};

	if (config)
		return;
	snprintf(paths.runtime, sizeof(paths.runtime), "%s/vmsilo-rig-XXXXXX",
		access(shared, W_OK) == 0 ? shared : "/tmp");
	if (!mkdtemp(paths.runtime))
		fail("no folder");
	snprintf(paths.journals, sizeof(paths.journals), "%s/journals", paths.runtime);
	if (config_parse(text, strlen(text), "rig", &config, &error) < 0)
		fail(error.text);
	signal(SIGPIPE, SIG_IGN); /* as the broker has it */
	log_set_sink(log_nothing);
	log_set_level(LOG_LEVEL_WARNING); /* time is short */
	atexit(tear_down);
}

const struct paths *broker_rig_paths(void)
{
	return &paths;
}

static void on_idle_announced(void *data, struct vm *vm)
{
	const struct broker_rig *rig = data;

	events_tell_idle(rig->events, vm);
}

/* As the broker has them (watchers.c), but for what follows the host's devices. */
static void watchers_create(struct broker_rig *rig)
{
	struct vm_watchers *watchers = &rig->watchers;
	struct usb_options usb = {.loop = &rig->loop,
		.paths = &paths,
		.server = "vmsilo-usb-server",
		.sys = paths.runtime,
		.vm_watchers = watchers};
	struct idle_options idle = {
		.environment = &rig->environment, .on_announced = on_idle_announced, .data = rig};

	if (console_log_create(rig->journal, watchers, &rig->console_log) < 0 ||
		guest_log_init(&rig->guest_log, rig->journal, watchers) < 0 ||
		events_create(rig->journal, watchers, &rig->events) < 0 ||
		consoles_create(&rig->loop, watchers, &rig->consoles) < 0 ||
		setups_create(&rig->environment, &rig->setups) < 0 ||
		why_create(&rig->environment, &rig->why) < 0)
		fail("out of memory");
	idle.why = rig->why;
	if (idle_create(&idle, &rig->idle) < 0 ||
		balancer_create(&rig->environment, rig->why, &rig->balancer) < 0 ||
		clock_keeper_create(&rig->environment, &rig->clock_keeper) < 0)
		fail("out of memory");
	usb.idle = rig->idle;
	if (usb_create(&usb, &rig->usb) < 0)
		fail("out of memory");
	events_watch_usb(rig->events, rig->usb);
	usb_adopt(rig->usb);
}

void broker_rig_init(struct broker_rig *rig)
{
	*rig = (struct broker_rig){0};
	if (uv_loop_init(&rig->loop) < 0)
		fail("no loop");
	rig->environment = (struct vm_environment){.loop = &rig->loop,
		.paths = &paths,
		.broker = &config->broker,
		.monitors = fake_monitor_registry,
		.vsock_device = "vmsilo-vsock-device",
		.vsock_gate = &rig->gate};
	vm_watchers_init(&rig->watchers);
	rig->environment.watchers = &rig->watchers;
	vsock_gate_init(&rig->gate, &rig->loop);
	if (journal_create(&rig->loop, paths.journals, &rig->journal) < 0)
		fail("out of memory");
	watchers_create(rig);
}

void broker_rig_add_vms(struct broker_rig *rig)
{
	for (size_t i = 0; i < BROKER_RIG_VMS; i++)
		if (vm_create(&rig->environment, &config->vms[i], &rig->vms[i]) < 0)
			fail("out of memory");
}

void broker_rig_settle(struct broker_rig *rig)
{
	for (int i = 0; i < SETTLE_TURNS; i++) {
		world_turn(&rig->loop);
		world_pass(SETTLE_STEP_MS);
	}
}

void broker_rig_finish(struct broker_rig *rig)
{
	for (size_t i = 0; i < BROKER_RIG_VMS; i++)
		if (rig->vms[i])
			vm_destroy(rig->vms[i], NULL, NULL);
	usb_destroy(rig->usb);
	clock_keeper_destroy(rig->clock_keeper);
	balancer_destroy(rig->balancer);
	idle_destroy(rig->idle);
	why_destroy(rig->why);
	setups_destroy(rig->setups);
	consoles_destroy(rig->consoles);
	console_log_destroy(rig->console_log);
	events_destroy(rig->events);
	journal_destroy(rig->journal);
}
