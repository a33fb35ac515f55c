#include "host-broker/watchers.h"

#include "host-broker/client/events.h"
#include "host-broker/clock/keeper.h"
#include "host-broker/idle/idle.h"
#include "host-broker/idle/warm-up.h"
#include "host-broker/idle/why.h"
#include "host-broker/journal/console-log.h"
#include "host-broker/journal/consoles.h"
#include "host-broker/journal/journal.h"
#include "host-broker/memory/balancer.h"
#include "host-broker/memory/page-out.h"
#include "host-broker/network/netvms.h"
#include "host-broker/network/network.h"
#include "host-broker/setup/setup.h"
#include "host-broker/usb/auto.h"
#include "host-broker/usb/usb.h"
#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"
#include "host-broker/windows/desks.h"

static void on_idle_announced(void *data, struct vm *vm)
{
	const struct watchers *watchers = data;

	events_tell_idle(watchers->events, vm);
}

/* What crossed their networks, for those who ask before they pause one. */
static void on_counted(void *data)
{
	struct watchers *watchers = data;
	const struct vm_table *vms = watchers->options.vms;

	watchers->counts = false;
	for (size_t i = 0; i < vm_table_count(vms); i++) {
		struct vm *vm = vm_table_at(vms, i);
		const struct net_counters *counters = network_counters(watchers->network, vm);
		idle_counted(watchers->idle, vm,
			counters ? counters->sent_bytes + counters->received_bytes : 0);
	}
}

static void on_idle_count(void *data)
{
	struct watchers *watchers = data;

	if (watchers->counts)
		return;
	watchers->counts = true;
	watchers->traffic = (struct network_viewer){.on_counted = on_counted, .data = watchers};
	network_count(watchers->network, &watchers->traffic);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	const struct watchers *watchers = data;

	(void)vm;
	(void)from;
	watchers->options.on_state(watchers->options.data);
}

/* What is told to people, and written down. A console's last line stands in the journal before the
 * end that it led to; an end is told before what follows from it. */
static int tellers_create(struct watchers *watchers)
{
	const struct watchers_options *options = &watchers->options;
	struct vm_watchers *list = &watchers->list;
	int code = journal_create(options->environment->loop, options->environment->paths->journals,
		&watchers->journal);

	if (code == 0)
		code = console_log_create(watchers->journal, list, &watchers->console_log);
	if (code == 0)
		code = guest_log_init(&watchers->guest_log, watchers->journal, list);
	if (code == 0)
		code = events_create(watchers->journal, list, &watchers->events);
	if (code == 0)
		code = consoles_create(options->environment->loop, list, &watchers->consoles);
	if (code == 0)
		code = desks_create(options->environment, &watchers->desks);
	return code;
}

/* What acts on VMs. An agent is told what its guest is to be like before others have something
 * granted. Each may note a reason, so that `why` knows of a start before them. */
static int keepers_create(struct watchers *watchers)
{
	struct vm_environment *environment = watchers->options.environment;
	const struct network_options network = {.environment = environment,
		.vms = watchers->options.vms,
		.net_program = watchers->options.net_program};
	int code = setups_create(environment, &watchers->setups);

	if (code == 0)
		code = network_create(&network, &watchers->network);
	if (code == 0)
		code = why_create(environment, &watchers->why);
	const struct idle_options idle = {.environment = environment,
		.why = watchers->why,
		.on_announced = on_idle_announced,
		.count = on_idle_count,
		.data = watchers};

	if (code == 0)
		code = idle_create(&idle, &watchers->idle);
	const struct netvms_options netvms = {
		.environment = environment, .vms = watchers->options.vms, .idle = watchers->idle};

	if (code == 0)
		code = netvms_create(&netvms, &watchers->netvms);
	if (code == 0)
		code = warm_up_create(environment, watchers->why, &watchers->warm_up);
	if (code == 0)
		code = balancer_create(environment, watchers->why, &watchers->balancer);
	if (code == 0)
		code = page_out_create(environment, &watchers->page_out);
	if (code == 0)
		code = clock_keeper_create(environment, &watchers->clock_keeper);
	return code;
}

/* What is lent to VMs: it holds them, and people are told of it. */
static int lenders_create(struct watchers *watchers)
{
	const struct watchers_options *options = &watchers->options;
	const struct usb_options usb = {
		.loop = options->environment->loop,
		.vms = options->vms,
		.paths = options->environment->paths,
		.server = options->usb_server,
		.sys = options->sys,
		.vm_watchers = &watchers->list,
		.idle = watchers->idle,
	};
	int code = usb_create(&usb, &watchers->usb);

	if (code < 0)
		return code;
	events_watch_usb(watchers->events, watchers->usb);
	return usb_auto_create(watchers->usb, &watchers->list, &watchers->usb_auto);
}

/* The order of this file's functions, and of the lines in them, is the order in which the parts
 * hear. The table of VMs adds itself after them all: that a VM has gone is what it concludes. */
int watchers_create(struct watchers *watchers, const struct watchers_options *options)
{
	*watchers = (struct watchers){.options = *options};
	vm_watchers_init(&watchers->list);
	options->environment->watchers = &watchers->list;
	watchers->last = (struct vm_watcher){.on_state = on_state, .data = watchers};
	int code = tellers_create(watchers);

	if (code == 0)
		code = keepers_create(watchers);
	if (code == 0)
		code = lenders_create(watchers);
	if (code == 0)
		code = vm_watchers_add(&watchers->list, &watchers->last);
	return code;
}

void watchers_destroy(struct watchers *watchers)
{
	if (watchers->usb_auto)
		usb_auto_destroy(watchers->usb_auto);
	if (watchers->usb)
		usb_destroy(watchers->usb);
	if (watchers->clock_keeper)
		clock_keeper_destroy(watchers->clock_keeper);
	if (watchers->page_out)
		page_out_destroy(watchers->page_out);
	if (watchers->balancer)
		balancer_destroy(watchers->balancer);
	if (watchers->warm_up)
		warm_up_destroy(watchers->warm_up);
	if (watchers->netvms)
		netvms_destroy(watchers->netvms);
	if (watchers->idle)
		idle_destroy(watchers->idle);
	if (watchers->why)
		why_destroy(watchers->why);
	if (watchers->counts)
		network_count_cancel(watchers->network, &watchers->traffic);
	if (watchers->network)
		network_destroy(watchers->network);
	if (watchers->setups)
		setups_destroy(watchers->setups);
	if (watchers->desks)
		desks_destroy(watchers->desks);
	if (watchers->consoles)
		consoles_destroy(watchers->consoles);
	if (watchers->events)
		events_destroy(watchers->events);
	if (watchers->console_log)
		console_log_destroy(watchers->console_log);
	if (watchers->journal)
		journal_destroy(watchers->journal);
}
