/* Requests that end VMs: one, or all of them at once. */
#include <stdlib.h>

#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/idle/why.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/table.h"
#include "proto/base/cleanup.h"
#include "proto/base/error.h"
#include "proto/wire/frame.h"

struct stop_request;

struct stop_one {
	struct stop_request *request;
	struct vm *vm;
	bool waiting; /* waiter is on the VM's list */
	struct waiter waiter;
};

struct stop_request {
	struct client *client;
	size_t left;         /* that have not stopped yet, and one until all are on their way */
	struct error failed; /* of a wait that was refused */
	size_t count;
	struct stop_one ones[];
};

static void stop_note(struct client *client, struct vm *vm)
{
	char who[CLIENT_WHO_SIZE];
	struct reason reason;

	client_who(client, who);
	reason_make(&reason, REASON_ASKED, unix_now_ms(), who, "%s stopped it", who);
	why_note(client_services(client)->why, vm, &reason);
}

static void give_up(void *data)
{
	struct stop_request *request = data;

	for (size_t i = 0; i < request->count; i++)
		if (request->ones[i].waiting)
			vm_wait_cancel(request->ones[i].vm, &request->ones[i].waiter);
	free(request);
}

static void one_over(struct stop_request *request)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;

	if (--request->left > 0)
		return;
	if (request->failed.text[0])
		client_fail_text(request->client, VMSILO__BROKER__FAILURE__CODE__BUSY, "%s",
			request->failed.text);
	else
		client_answer(request->client, FRAME_DONE, &done.base);
	free(request);
}

static void on_stopped(void *data)
{
	struct stop_one *one = data;

	one->waiting = false;
	one_over(one->request);
}

static void on_failed(void *data, const struct failure *failure)
{
	struct stop_one *one = data;

	one->waiting = false;
	error_set(&one->request->failed, UV_EBUSY, "%s", failure->text);
	one_over(one->request);
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)data;
	(void)stage;
}

/* All are told before any is waited for. */
static void all_stop(
	struct stop_request *request, const Vmsilo__Broker__StopVm *message, struct vm *const *vms)
{
	for (size_t i = 0; i < request->count; i++) {
		request->ones[i] = (struct stop_one){.request = request,
			.vm = vms[i],
			.waiting = true,
			.waiter = {.wanted = WAIT_STOPPED,
				.on_progress = on_progress,
				.on_done = on_stopped,
				.on_failed = on_failed,
				.data = &request->ones[i]}};
		if (vm_state(vms[i]) != VM_STATE_STOPPED)
			stop_note(request->client, vms[i]);
		vm_stop(vms[i], message->force, message->timeout_ms);
	}
	for (size_t i = 0; i < request->count; i++)
		vm_wait(vms[i], &request->ones[i].waiter);
	one_over(request);
}

static void stop_begin(struct client *client, const Vmsilo__Broker__StopVm *message,
	struct vm *const *vms, size_t count)
{
	struct stop_request *request =
		calloc(1, sizeof(*request) + count * sizeof(request->ones[0]));

	if (!request) {
		client_drop(client);
		return;
	}
	request->client = client;
	request->count = count;
	request->left = count + 1;
	client_pend(client, give_up, request);
	all_stop(request, message, vms);
}

static void stop_all(struct client *client, const Vmsilo__Broker__StopVm *message)
{
	const struct services *services = client_services(client);
	size_t count = vm_table_count(services->vms);
	_cleanup_free_ struct vm **vms = calloc(count + 1, sizeof(struct vm *));

	if (!vms) {
		client_drop(client);
		return;
	}
	for (size_t i = 0; i < count; i++)
		vms[i] = vm_table_at(services->vms, i);
	stop_begin(client, message, vms, count);
}

void request_stop(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__StopVm *stop_vm = (const Vmsilo__Broker__StopVm *)message;

	/* With a name it is one VM's stop, and was allowed as such. */
	if (vm)
		stop_begin(client, stop_vm, &vm, 1);
	else if (stop_vm->all && !client_only(client))
		stop_all(client, stop_vm);
	else
		client_fail_no_vm(client, "");
}
