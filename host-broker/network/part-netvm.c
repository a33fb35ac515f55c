#include "host-broker/network/part-netvm.h"

#include <stdlib.h>

#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"

#define NAME "its netvm"
#define KEY "netvm"

/* Of one run. */
struct netvm_part {
	struct network *network;
	const struct run_context *context;
	struct part *part;
	struct vm *netvm;
	struct waiter waiter;
	struct network_settler settler;
	enum { NETVM_NOT, NETVM_STARTS, NETVM_SETTLES } waits_for;
	bool preparing; /* what happens now is prepare()'s answer: */
	int code;
	struct error *error;
};

static const char *netvm_name(const struct netvm_part *netvm)
{
	return network_config_netvm(&netvm->context->vm->network);
}

/* ---- how it went ---- */

static void failed(struct netvm_part *netvm, int code, const char *text)
{
	struct error error = {0};

	netvm->waits_for = NETVM_NOT;
	if (netvm->preparing) {
		netvm->code = error_set(netvm->error, code, "%s", text);
		return;
	}
	error_set(&error, code, "%s", text);
	part_failed(netvm->part, &error);
}

static void on_settled(void *data)
{
	struct netvm_part *netvm = data;
	const struct net_attachment *has = network_current(netvm->network, netvm->netvm);
	char text[256];

	if (!has || !has->is_netvm) {
		snprintf(text, sizeof(text),
			has ? "VM \"%s\" runs since before it became a netvm; stop it first"
			    : "VM \"%s\" has ended",
			netvm_name(netvm));
		failed(netvm, UV_EBUSY, text);
		return;
	}
	netvm->waits_for = NETVM_NOT;
	netvm->code = 0;
	if (!netvm->preparing)
		part_ready(netvm->part);
}

static void on_running(void *data)
{
	struct netvm_part *netvm = data;

	netvm->waits_for = NETVM_SETTLES;
	netvm->settler = (struct network_settler){
		.vm = netvm->netvm, .on_settled = on_settled, .data = netvm};
	network_settle(netvm->network, &netvm->settler);
}

static void on_failed(void *data, const struct failure *failure)
{
	failed(data, UV_ECANCELED, failure->text);
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)data;
	(void)stage;
}

/* ---- the part ---- */

/* An adopted VM is up whatever its netvm does. */
static int part_prepare(struct part *part, struct error *error)
{
	struct netvm_part *netvm = part->data;

	netvm->part = part;
	if (netvm->context->adopted)
		return 0;
	netvm->netvm = vm_table_find(network_vms(netvm->network), netvm_name(netvm));
	if (!netvm->netvm)
		return error_set(
			error, UV_ENOENT, "there is no VM \"%s\" any more", netvm_name(netvm));
	netvm->waits_for = NETVM_STARTS;
	netvm->code = PART_WAITS;
	netvm->error = error;
	netvm->preparing = true;
	netvm->waiter = (struct waiter){.wanted = WAIT_RUNNING,
		.on_progress = on_progress,
		.on_done = on_running,
		.on_failed = on_failed,
		.data = netvm};
	vm_wait(netvm->netvm, &netvm->waiter);
	netvm->preparing = false;
	return netvm->code;
}

static void wait_cancel(struct netvm_part *netvm)
{
	if (netvm->waits_for == NETVM_STARTS)
		vm_wait_cancel(netvm->netvm, &netvm->waiter);
	else if (netvm->waits_for == NETVM_SETTLES)
		network_settle_cancel(netvm->network, &netvm->settler);
	netvm->waits_for = NETVM_NOT;
}

static int part_release(struct part *part)
{
	wait_cancel(part->data);
	return 0;
}

static void part_forget(struct part *part)
{
	wait_cancel(part->data);
	free(part->data);
}

static const char *const needs[] = {"monitor", NULL};

static const struct part_kind netvm_kind = {
	.name = "netvm",
	.needs = needs,
	.death = PART_DEATH_DEGRADES,
	.has_own_limits = true,
	.prepare = part_prepare,
	.release = part_release,
	.forget = part_forget,
};

int netvm_part_add(struct network *network, const struct run_context *context, struct error *error)
{
	if (!network_config_netvm(&context->vm->network)[0])
		return 0;
	struct netvm_part *netvm = calloc(1, sizeof(*netvm));
	if (!netvm)
		return error_set(error, UV_ENOMEM, "out of memory");
	netvm->network = network;
	netvm->context = context;
	if (parts_add(context->parts, &netvm_kind, KEY, NAME, netvm))
		return 0;
	free(netvm);
	return error_set(error, UV_ENOMEM, "out of memory");
}
