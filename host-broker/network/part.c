#include "host-broker/network/part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/network/part-netvm.h"
#include "host-broker/network/way-out.h"

#define NAME "its network"
#define KEY "network"
#define RELEASE_MS 5000

/* Of one run. */
struct net_part {
	struct network *network;
	const struct run_context *context;
	struct part *part;
	struct net_link_watcher watcher;
	struct net_attachment attachment;
	unsigned int taps; /* that it has */
	bool is_watching;
};

static struct net_link *link_of(const struct net_part *network)
{
	return network_link(network->network);
}

static void unwatch(struct net_part *network)
{
	if (network->is_watching)
		net_link_unwatch(link_of(network), &network->watcher);
	network->is_watching = false;
}

static void on_lost(void *data)
{
	struct net_part *network = data;

	unwatch(network);
	/* What waits for an answer is told by that. */
	if (network->part->state == PART_READY)
		part_ended(network->part, "has ended with vmsilo-net");
}

static void failed(struct net_part *network, int code, const char *text)
{
	struct error error = {0};

	unwatch(network);
	error_set(&error, code, "%s", text);
	part_failed(network->part, &error);
}

/* ---- the begin ---- */

static void ready(struct net_part *network)
{
	network_started(network->network, &network->attachment);
	part_ready(network->part);
}

static void tap_ask(struct net_part *network, enum net_side side);

/* Its own first, then that of a netvm's clients: in this order they are the guest's cards. */
static void on_tap(void *data, const struct net_answer *answer)
{
	struct net_part *network = data;
	const struct net_attachment *attachment = &network->attachment;
	bool up = network->taps == 0;
	struct monitor_nic nic = {.tap_fd = answer->tap_fd};

	if (answer->code < 0) {
		failed(network, answer->code, answer->text);
		return;
	}
	memcpy(nic.mac, up ? attachment->up.mac : attachment->down.mac, sizeof(nic.mac));
	int code = vm_devices_add_nic(network->context->devices, network->taps++, &nic);
	if (code < 0)
		failed(network, code, "out of memory");
	else if (up && attachment->is_netvm)
		tap_ask(network, NET_DOWN);
	else
		ready(network);
}

static void tap_ask(struct net_part *network, enum net_side side)
{
	struct error error = {0};

	if (net_link_tap(link_of(network), network->attachment.vm, side, on_tap, network, &error) <
		0)
		failed(network, error.code, error.text);
}

static void overlap_note(const struct net_part *network)
{
	char text[WAY_OUT_OVERLAP_SIZE];
	struct net_ranges ranges;

	network_ranges(network->network, &ranges);
	if (way_out_overlaps(&ranges, text))
		part_note(network->part, text);
}

static void on_set(void *data, const struct net_answer *answer)
{
	struct net_part *network = data;

	/* What of the host's is in its way. */
	if (answer->code == 0 && answer->text[0])
		part_note(network->part, answer->text);
	if (answer->code < 0)
		failed(network, answer->code, answer->text);
	else if (network->context->adopted)
		ready(network);
	else {
		overlap_note(network);
		tap_ask(network, NET_UP);
	}
}

/* In an adopted run the monitor has its TAPs, and its attachment is what it was started with, until
 * its agent has come and the configuration is looked at. */
static int part_prepare(struct part *part, struct error *error)
{
	struct net_part *network = part->data;

	network->part = part;
	network->taps = 0;
	int code = network_attachment(
		network->network, network->context->vm, &network->attachment, error);
	if (code == 0)
		code = net_link_set(link_of(network), &network->attachment, on_set, network, error);
	if (code < 0)
		return code;
	network->watcher = (struct net_link_watcher){.on_lost = on_lost, .data = network};
	net_link_watch(link_of(network), &network->watcher);
	network->is_watching = true;
	return PART_WAITS;
}

/* ---- the end ---- */

static void on_removed(void *data, const struct net_answer *answer)
{
	struct net_part *network = data;

	(void)answer;
	part_released(network->part);
}

static int part_release(struct part *part)
{
	struct net_part *network = part->data;
	struct error error = {0};

	unwatch(network);
	net_link_forget(link_of(network), network);
	return net_link_remove(link_of(network), network->context->vm->name, on_removed, network,
		       &error) < 0
		       ? 0
		       : PART_WAITS;
}

static void part_forget(struct part *part)
{
	struct net_part *network = part->data;

	unwatch(network);
	net_link_forget(link_of(network), network);
	free(network);
}

static const struct part_kind network_kind = {
	.name = "network",
	.death = PART_DEATH_DEGRADES,
	.release_ms = RELEASE_MS,
	.prepare = part_prepare,
	.release = part_release,
	.forget = part_forget,
};

static int network_add(void *data, const struct run_context *context, struct error *error)
{
	struct net_part *network;

	if (!network_config_is_set(&context->vm->network))
		return 0;
	network = calloc(1, sizeof(*network));
	if (!network)
		return error_set(error, UV_ENOMEM, "out of memory");
	network->network = data;
	network->context = context;
	if (parts_add(context->parts, &network_kind, KEY, NAME, network))
		return netvm_part_add(data, context, error);
	free(network);
	return error_set(error, UV_ENOMEM, "out of memory");
}

struct part_source network_source(struct network *network)
{
	return (struct part_source){.add = network_add, .data = network};
}
