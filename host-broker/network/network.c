#include "host-broker/network/network.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/network/addresses.h"
#include "host-broker/network/message.h"
#include "host-broker/network/wire.h"
#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"

/* What is known of one VM: its slot. */
struct guest {
	/* What it has now; NULL: it has no network card, or does not run. */
	struct net_attachment *attachment;
	struct net_counters counters;
	bool counted;
	const struct vm *vm; /* of a change */
	bool failed;         /* the last change: it is tried again when the configuration is read */
	unsigned int awaited; /* answers of its agent */
	struct setup_problems problems;
	struct refusals refusals;
};

struct network {
	struct network_options options;
	struct vm_watcher watcher;
	struct net_link *link;
	TAILQ_HEAD(, network_viewer) viewers;
	TAILQ_HEAD(, network_settler) settlers;
};

static struct guest *guest_of(const struct network *network, const struct vm *vm)
{
	return vm_slot(vm, &network->watcher);
}

/* ---- attachments ---- */

static bool pairs_meet(const struct net_interface *one, const struct net_interface *other)
{
	return one->guest4.s_addr == other->guest4.s_addr ||
	       one->guest4.s_addr == other->gateway4.s_addr;
}

static bool attachments_meet(const struct net_attachment *one, const struct net_attachment *other)
{
	return pairs_meet(&one->up, &other->up) ||
	       (one->is_netvm && pairs_meet(&one->down, &other->up)) ||
	       (other->is_netvm && pairs_meet(&one->up, &other->down)) ||
	       (one->is_netvm && other->is_netvm && pairs_meet(&one->down, &other->down));
}

/* One that runs since the configuration gave its address to nobody else. */
static int others_check(
	const struct network *network, const struct net_attachment *attachment, struct error *error)
{
	for (size_t i = 0; i < vm_table_count(network->options.vms); i++) {
		const struct vm *vm = vm_table_at(network->options.vms, i);
		const struct net_attachment *has = guest_of(network, vm)->attachment;
		if (has && strcmp(has->vm, attachment->vm) != 0 &&
			attachments_meet(has, attachment))
			return error_set(error, UV_EADDRINUSE,
				"its address is that of VM \"%s\", which runs; stop that VM first",
				has->vm);
	}
	return 0;
}

int network_attachment(struct network *network, const struct vm_config *vm,
	struct net_attachment *ret, struct error *error)
{
	const struct network_options *options = &network->options;
	struct net_ranges ranges;
	struct net_pairs pairs = {0};

	memset(ret, 0, sizeof(*ret));
	if (!network_config_is_set(&vm->network))
		return 0;
	net_ranges_of(options->environment->broker, &ranges);
	int code = net_addresses_get(
		options->environment->paths->addresses, options->vms, vm, &ranges, &pairs, error);
	if (code < 0)
		return code;
	net_attach(vm, &ranges, &pairs, ret);
	ret->mtu = options->environment->paths->system ? NET_MTU : NET_MTU_MAX;
	return others_check(network, ret, error);
}

/* By the configuration, for a VM that has a network card since its start. */
static int attachment_renew(struct network *network, const struct vm *vm, const struct guest *guest,
	struct net_attachment *ret, struct error *error)
{
	int code = network_attachment(network, vm_configuration(vm), ret, error);

	if (code < 0 || ret->vm[0])
		return code;
	if (guest->attachment)
		*ret = *guest->attachment;
	else
		code = network_attachment(network, vm_ran(vm), ret, error);
	ret->offline = true;
	return code;
}

/* ---- the agent ---- */

static void guest_tell(struct network *network, struct vm *vm)
{
	struct guest *guest = guest_of(network, vm);
	_cleanup_free_ struct network_message *message = calloc(1, sizeof(*message));

	if (!message || !guest->attachment || !vm_agent_has(vm, FEATURE_NETWORK))
		return;
	network_message_make(guest->attachment, &vm_configuration(vm)->network, message);
	if (guest->attachment->is_netvm && !vm_agent_has(vm, FEATURE_NETVM))
		vm_watchers_note(network->options.environment->watchers, vm,
			"its agent is too old to forward for other VMs; build its image anew");
	if (vm_tell(vm, FRAME_NETWORK, &message->network.base) == 0)
		guest->awaited++;
}

static void settlers_tell(struct network *network, const struct vm *vm)
{
	struct network_settler *settler = TAILQ_FIRST(&network->settlers);

	while (settler) {
		if (settler->vm != vm) {
			settler = TAILQ_NEXT(settler, link);
			continue;
		}
		TAILQ_REMOVE(&network->settlers, settler, link);
		settler->on_settled(settler->data);
		settler = TAILQ_FIRST(&network->settlers);
	}
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct network *network = data;
	struct guest *guest = guest_of(network, vm);
	const Vmsilo__Control__Network *untrusted_answer =
		(const Vmsilo__Control__Network *)untrusted_message;

	(void)type;
	if (guest->awaited == 0)
		return UV_EPROTO;
	if (--guest->awaited == 0)
		settlers_tell(network, vm);
	return setup_problems_take(&guest->problems, network->options.environment->watchers, vm,
		untrusted_answer->problems, untrusted_answer->n_problems);
}

/* ---- what happens to a VM ---- */

static void on_set(void *data, const struct net_answer *answer)
{
	struct guest *guest = data;

	guest->failed = answer->code < 0;
	if (guest->failed)
		log_error(vm_configuration(guest->vm)->name, "its network could not be changed: %s",
			answer->text);
}

/* It runs, and has a network card. */
static void renew(struct network *network, struct vm *vm)
{
	struct guest *guest = guest_of(network, vm);
	_cleanup_free_ struct net_attachment *attachment = calloc(1, sizeof(*attachment));
	struct error error = {0};
	int code;

	if (!attachment) {
		log_error(vm_configuration(vm)->name, "out of memory");
		return;
	}
	code = attachment_renew(network, vm, guest, attachment, &error);
	if (code == 0 && guest->attachment && !guest->failed &&
		net_wire_equal(guest->attachment, attachment))
		return;
	guest->vm = vm;
	if (code == 0)
		code = net_link_set(network->link, attachment, on_set, guest, &error);
	if (code < 0) {
		log_error(vm_configuration(vm)->name, "its network could not be changed: %s",
			error.text);
		return;
	}
	free(guest->attachment);
	guest->attachment = steal_pointer(&attachment);
}

void network_started(struct network *network, const struct net_attachment *attachment)
{
	const struct vm *vm = vm_table_find(network->options.vms, attachment->vm);
	struct guest *guest = vm ? guest_of(network, vm) : NULL;

	if (guest && !guest->attachment)
		guest->attachment = malloc(sizeof(*attachment));
	if (guest && guest->attachment)
		*guest->attachment = *attachment;
}

static void rest_if_unused(struct network *network)
{
	for (size_t i = 0; i < vm_table_count(network->options.vms); i++)
		if (guest_of(network, vm_table_at(network->options.vms, i))->attachment)
			return;
	net_link_rest(network->link);
}

static void forget(struct network *network, const struct vm *vm)
{
	struct guest *guest = guest_of(network, vm);

	net_link_forget(network->link, guest);

	free(guest->attachment);
	memset(guest, 0, sizeof(*guest));
	settlers_tell(network, vm);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct network *network = data;

	if (vm_is_off(vm) || !network_config_is_set(&vm_ran(vm)->network))
		return;
	if (change == VM_CHANGE_AGENT || change == VM_CHANGE_CONFIG) {
		renew(network, vm);
		guest_tell(network, vm);
	} else if (change == VM_CHANGE_AGENT_LOST)
		guest_of(network, vm)->awaited = 0;
}

/* A guest without an agent says nothing; it is told again when that has come. */
static bool is_settled(const struct network *network, const struct vm *vm)
{
	const struct guest *guest = guest_of(network, vm);

	return guest->awaited == 0 || !guest->attachment;
}

void network_settle(struct network *network, struct network_settler *settler)
{
	if (is_settled(network, settler->vm))
		settler->on_settled(settler->data);
	else
		TAILQ_INSERT_TAIL(&network->settlers, settler, link);
}

void network_settle_cancel(struct network *network, struct network_settler *settler)
{
	TAILQ_REMOVE(&network->settlers, settler, link);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	(void)from;
	if (!vm_is_off(vm))
		return;
	forget(data, vm);
	rest_if_unused(data);
}

static void on_end(void *data, struct vm *vm)
{
	forget(data, vm);
}

/* ---- counters ---- */

static void counts_take(struct network *network, const Vmsilo__Net__VmCounts *counts)
{
	const struct vm *vm = vm_table_find(network->options.vms, counts->vm);
	struct guest *guest = vm ? guest_of(network, vm) : NULL;

	if (!guest)
		return;
	guest->counted = true;
	guest->counters = (struct net_counters){
		.sent_packets = counts->sent_packets,
		.sent_bytes = counts->sent_bytes,
		.received_packets = counts->received_packets,
		.received_bytes = counts->received_bytes,
		.refused_packets = counts->refused_packets,
		.spoofed_packets = counts->spoofed_packets,
	};
}

static void viewers_tell(struct network *network)
{
	struct network_viewer *viewer;

	while ((viewer = TAILQ_FIRST(&network->viewers))) {
		TAILQ_REMOVE(&network->viewers, viewer, link);
		viewer->on_counted(viewer->data);
	}
}

static void on_counts(void *data, const struct net_answer *answer)
{
	struct network *network = data;

	for (size_t i = 0; answer->counts && i < answer->counts->n_vms; i++)
		counts_take(network, answer->counts->vms[i]);
	viewers_tell(network);
	rest_if_unused(network);
}

void network_count(struct network *network, struct network_viewer *viewer)
{
	struct error error = {0};
	bool waits = !TAILQ_EMPTY(&network->viewers);

	TAILQ_INSERT_TAIL(&network->viewers, viewer, link);
	if (!waits && net_link_count(network->link, on_counts, network, &error) < 0)
		viewers_tell(network);
}

void network_count_cancel(struct network *network, struct network_viewer *viewer)
{
	TAILQ_REMOVE(&network->viewers, viewer, link);
}

const struct net_counters *network_counters(const struct network *network, const struct vm *vm)
{
	const struct guest *guest = guest_of(network, vm);

	return guest->counted ? &guest->counters : NULL;
}

/* ---- published ports ---- */

/* A port that leads to a paused VM is asked for. One that is off has none. */
static void on_knock(void *data, const char *name)
{
	const struct network *network = data;
	struct vm *vm = vm_table_find(network->options.vms, name);

	if (vm && (vm_state(vm) == VM_STATE_PAUSED || vm_is_pausing(vm)))
		vm_start(vm);
}

/* ---- what an earlier broker left ---- */

static void leftover_remove(struct network *network, const char *name)
{
	const struct vm *vm = vm_table_find(network->options.vms, name);
	struct error error = {0};

	if (vm && !vm_is_off(vm))
		return;
	log_info(NULL, "vm \"%s\" has ended without a broker: removing its network", name);
	if (net_link_remove(network->link, name, NULL, NULL, &error) < 0)
		log_warning(NULL, "%s", error.text);
}

static void on_leftovers(void *data, const struct net_answer *answer)
{
	struct network *network = data;

	for (size_t i = 0; answer->counts && i < answer->counts->n_vms; i++)
		leftover_remove(network, answer->counts->vms[i]->vm);
	rest_if_unused(network);
}

void network_adopted(struct network *network)
{
	struct error error = {0};

	net_link_count(network->link, on_leftovers, network, &error);
}

/* ---- what is refused ---- */

static void on_refused(void *data, const char *name, const struct refusal *refusal)
{
	const struct network *network = data;
	struct vm *vm = vm_table_find(network->options.vms, name);
	char text[REFUSAL_TEXT_SIZE];

	if (!vm || vm_is_off(vm) ||
		!refusals_are_told(&guest_of(network, vm)->refusals, refusal,
			uv_now(network->options.environment->loop) + 1))
		return;
	refusal_print(refusal, text);
	vm_watchers_note(network->options.environment->watchers, vm, text);
}

/* ---- its life ---- */

const struct net_attachment *network_current(const struct network *network, const struct vm *vm)
{
	return guest_of(network, vm)->attachment;
}

const struct setup_problems *network_problems(const struct network *network, const struct vm *vm)
{
	return &guest_of(network, vm)->problems;
}

const struct vm_table *network_vms(const struct network *network)
{
	return network->options.vms;
}

void network_ranges(const struct network *network, struct net_ranges *ret)
{
	net_ranges_of(network->options.environment->broker, ret);
}

struct net_link *network_link(const struct network *network)
{
	return network->link;
}

int network_create(const struct network_options *options, struct network **ret)
{
	struct network *network = calloc(1, sizeof(*network));

	if (!network)
		return UV_ENOMEM;
	network->options = *options;
	network->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct guest),
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_message = on_message,
		.first_type = FRAME_NETWORK,
		.last_type = FRAME_NETWORK,
		.data = network,
	};
	const struct net_link_options link = {
		.loop = options->environment->loop,
		.paths = options->environment->paths,
		.program = options->net_program,
		.on_knock = on_knock,
		.on_refused = on_refused,
		.data = network,
	};
	TAILQ_INIT(&network->viewers);
	TAILQ_INIT(&network->settlers);
	*ret = network;
	int code = net_link_create(&link, &network->link);
	return code < 0 ? code : vm_watchers_add(options->environment->watchers, &network->watcher);
}

void network_destroy(struct network *network)
{
	if (network->link)
		net_link_destroy(network->link);
	free(network);
}
