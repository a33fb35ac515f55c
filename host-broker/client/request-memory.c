/* How memory is shared. */
#include <stdlib.h>
#include <string.h>

#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/memory/balancer.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"

/* Waits for the agents to tell. */
struct memory_request {
	struct client *client;
	struct vm *only; /* NULL: all */
	struct balancer_viewer viewer;
};

struct item {
	Vmsilo__Broker__MemoryVm vm;
	Vmsilo__Broker__MemoryPressure pressure;
};

struct answer {
	const struct client *client;
	const struct vm *only;
	struct item *items;
	Vmsilo__Broker__MemoryVm **pointers;
	size_t count;
};

static Vmsilo__Broker__MemoryPressure pressure_message(const struct pressure *pressure)
{
	Vmsilo__Broker__MemoryPressure message = VMSILO__BROKER__MEMORY_PRESSURE__INIT;

	message.some_avg10 = pressure->some.avg10;
	message.some_avg60 = pressure->some.avg60;
	message.some_total_us = pressure->some.total_us;
	message.full_avg10 = pressure->full.avg10;
	message.full_avg60 = pressure->full.avg60;
	message.full_total_us = pressure->full.total_us;
	return message;
}

static Vmsilo__Broker__MemoryVm__State state_of(const struct balancer_row *row)
{
	int64_t left = row->guest->target - row->guest->actual;

	if (row->paused)
		return VMSILO__BROKER__MEMORY_VM__STATE__PAUSED;
	if (!row->elastic)
		return VMSILO__BROKER__MEMORY_VM__STATE__FIXED;
	if (row->stalled)
		return VMSILO__BROKER__MEMORY_VM__STATE__STALLED;
	if (left > BALLOON_TOLERANCE)
		return VMSILO__BROKER__MEMORY_VM__STATE__GETTING;
	if (left < -BALLOON_TOLERANCE)
		return VMSILO__BROKER__MEMORY_VM__STATE__GIVING;
	return VMSILO__BROKER__MEMORY_VM__STATE__STEADY;
}

static void on_row(void *data, const struct balancer_row *row)
{
	struct answer *answer = data;

	if ((answer->only && answer->only != row->vm) ||
		!client_may(answer->client, row->vm, ACCESS_USE))
		return;
	struct item *item = &answer->items[answer->count];
	Vmsilo__Broker__MemoryVm *vm = &item->vm;
	answer->pointers[answer->count++] = vm;
	vmsilo__broker__memory_vm__init(vm);
	vm->name = (char *)vm_configuration(row->vm)->name;
	vm->state = state_of(row);
	vm->min_bytes = (uint64_t)row->guest->min;
	vm->max_bytes = (uint64_t)row->guest->max;
	vm->actual_bytes = (uint64_t)row->guest->actual;
	vm->wanted_bytes = (uint64_t)row->guest->target;
	vm->resident_bytes = row->resident;
	vm->told = row->told;
	if (!row->told)
		return;
	vm->available_bytes = row->info.available;
	vm->free_bytes = row->info.free;
	vm->cached_bytes = row->info.cached;
	vm->age_ms = row->age_ms;
	item->pressure = pressure_message(&row->pressure);
	vm->pressure = &item->pressure;
}

static void on_ready(void *data)
{
	_cleanup_free_ struct memory_request *request = data;
	struct balancer *balancer = client_services(request->client)->balancer;
	size_t count = balancer_rows_count(balancer);
	_cleanup_free_ struct item *items = calloc(count + 1, sizeof(*items));
	_cleanup_free_ Vmsilo__Broker__MemoryVm **pointers = calloc(count + 1, sizeof(*pointers));
	struct answer answer = {.client = request->client,
		.only = request->only,
		.items = items,
		.pointers = pointers};
	Vmsilo__Broker__MemoryList list = VMSILO__BROKER__MEMORY_LIST__INIT;
	struct host_memory host;

	if (!items || !pointers) {
		client_drop(request->client);
		return;
	}
	int code = balancer_host(balancer, &host);
	if (code < 0) {
		client_fail_text(request->client, VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"cannot read the host's memory: %s", uv_strerror(code));
		return;
	}
	balancer_rows(balancer, on_row, &answer);
	Vmsilo__Broker__MemoryPressure pressure = pressure_message(&host.pressure);
	list.total_bytes = (uint64_t)host.total;
	list.available_bytes = (uint64_t)host.policy.available;
	list.reserve_bytes = (uint64_t)host.policy.reserve;
	list.budget_bytes = (uint64_t)host.policy.budget;
	list.pressure = &pressure;
	list.vms = pointers;
	list.n_vms = answer.count;
	client_answer(request->client, FRAME_MEMORY_LIST, &list.base);
}

static void give_up(void *data)
{
	struct memory_request *request = data;

	balancer_view_cancel(client_services(request->client)->balancer, &request->viewer);
	free(request);
}

void request_memory(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	struct memory_request *request = calloc(1, sizeof(*request));

	(void)message;
	if (!request) {
		client_drop(client);
		return;
	}
	*request = (struct memory_request){.client = client,
		.only = vm ? vm : client_only(client),
		.viewer = {.on_ready = on_ready, .data = request}};
	client_pend(client, give_up, request);
	balancer_view(client_services(client)->balancer, &request->viewer);
}
