/* Requests that end VMs or pause them, one, or all of them at once; and what they have kept. */
#include <stdio.h>
#include <stdlib.h>

#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/idle/idle.h"
#include "host-broker/idle/why.h"
#include "host-broker/network/netvms.h"
#include "host-broker/storage/status.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/table.h"
#include "proto/base/cleanup.h"
#include "proto/base/error.h"
#include "proto/limits.h"
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
	struct error failed; /* of one that was refused or did not come to it */
	Vmsilo__Broker__Failure__Code code;
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

static void pause_note(struct client *client, struct vm *vm)
{
	char who[CLIENT_WHO_SIZE];
	struct reason reason;

	client_who(client, who);
	reason_make(&reason, REASON_PAUSED, unix_now_ms(), who, "%s paused it", who);
	why_note_pause(client_services(client)->why, vm, &reason);
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
		client_fail_text(request->client, request->code, "%s", request->failed.text);
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
	one->request->code = failure->code;
	error_set(&one->request->failed, UV_EBUSY, "%s", failure->text);
	one_over(one->request);
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)data;
	(void)stage;
}

static void ones_fill(struct stop_request *request, struct vm *const *vms, enum wait wanted)
{
	for (size_t i = 0; i < request->count; i++)
		request->ones[i] = (struct stop_one){.request = request,
			.vm = vms[i],
			.waiting = true,
			.waiter = {.wanted = wanted,
				.on_progress = on_progress,
				.on_done = on_stopped,
				.on_failed = on_failed,
				.data = &request->ones[i]}};
}

/* All are told before any is waited for. */
static void all_wait(struct stop_request *request)
{
	for (size_t i = 0; i < request->count; i++)
		if (request->ones[i].waiting)
			vm_wait(request->ones[i].vm, &request->ones[i].waiter);
	one_over(request);
}

/* NULL: the client was dropped. */
static struct stop_request *request_new(
	struct client *client, struct vm *const *vms, size_t count, enum wait wanted)
{
	struct stop_request *request =
		calloc(1, sizeof(*request) + count * sizeof(request->ones[0]));

	if (!request) {
		client_drop(client);
		return NULL;
	}
	request->client = client;
	request->count = count;
	request->left = count + 1;
	ones_fill(request, vms, wanted);
	client_pend(client, give_up, request);
	return request;
}

static void stop_begin(
	struct client *client, const void *message, struct vm *const *vms, size_t count)
{
	const Vmsilo__Broker__StopVm *stop = message;
	struct stop_request *request = request_new(client, vms, count, WAIT_STOPPED);

	if (!request)
		return;
	for (size_t i = 0; i < count; i++) {
		if (vm_state(vms[i]) != VM_STATE_STOPPED)
			stop_note(client, vms[i]);
		vm_stop(vms[i], stop->force, stop->timeout_ms);
	}
	all_wait(request);
}

/* Those of which nothing runs are left out of "all". */
static void all_do(struct client *client, bool running,
	void (*begin)(
		struct client *client, const void *message, struct vm *const *vms, size_t count),
	const void *message)
{
	const struct services *services = client_services(client);
	size_t total = vm_table_count(services->vms), count = 0;
	_cleanup_free_ struct vm **vms = calloc(total + 1, sizeof(struct vm *));

	if (!vms) {
		client_drop(client);
		return;
	}
	for (size_t i = 0; i < total; i++) {
		struct vm *vm = vm_table_at(services->vms, i);
		if (!running || !vm_is_off(vm))
			vms[count++] = vm;
	}
	begin(client, message, vms, count);
}

/* Of those that go through it, whom the client may know by name. */
static size_t clients_name(
	const struct client *client, const struct vm *netvm, char *out, size_t size)
{
	const struct vm_table *vms = client_services(client)->vms;
	const struct vm *vm;
	size_t at = 0, used = 0, hidden = 0, count = 0;

	out[0] = '\0';
	for (; (vm = netvms_client(vms, netvm, &at)); count++) {
		bool shown = client_may(client, vm, ACCESS_USE) && used < size - VM_NAME_MAX - 32;
		hidden += !shown;
		if (shown)
			used += (size_t)snprintf(out + used, size - used, "%s\"%s\"",
				used ? ", " : "", vm_configuration(vm)->name);
	}
	if (hidden > 0)
		snprintf(out + used, size - used, "%s%zu other%s", used ? " and " : "", hidden,
			hidden == 1 ? "" : "s");
	return count;
}

/* True: it was answered. */
static bool clients_need(struct client *client, struct vm *vm, const Vmsilo__Broker__StopVm *stop)
{
	const char *name = vm_configuration(vm)->name;
	char names[512];

	if (stop->force || stop->ignore_clients || vm_is_off(vm) ||
		clients_name(client, vm, names, sizeof(names)) == 0)
		return false;
	client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__IN_USE,
		"vm \"%s\" is the netvm of %s, not stopped yet, which would have no network; stop "
		"that first, or use: vm-stop --ignore-clients %s",
		name, names, name);
	return true;
}

void request_stop(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__StopVm *stop_vm = (const Vmsilo__Broker__StopVm *)message;

	/* With a name it is one VM's stop, and was allowed as such. */
	if (vm && clients_need(client, vm, stop_vm))
		return;
	if (vm)
		stop_begin(client, stop_vm, &vm, 1);
	else if (stop_vm->all && !client_only(client))
		all_do(client, false, stop_begin, stop_vm);
	else
		client_fail_no_vm(client, "");
}

/* ---- pausing ---- */

/* Others would lose their network without having been asked; but not where all are paused. */
static int pause_try(struct client *client, struct vm *vm, bool all, struct stop_request *request)
{
	const struct reason *reason;

	if (!all && idle_held(client_services(client)->idle, vm, REASON_NETWORK_CLIENT, &reason)) {
		request->code = VMSILO__BROKER__FAILURE__CODE__IN_USE;
		return error_set(&request->failed, UV_EBUSY,
			"vm \"%s\" cannot be paused: \"%s\" goes through it; pause that one first",
			vm_configuration(vm)->name, reason->subject);
	}
	int code = vm_pause(vm, &request->failed);
	if (code < 0)
		request->code = code == UV_ENOTCONN ? VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING
						    : VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST;
	return code;
}

/* What refuses does not keep the others from it. */
static void pause_begin(
	struct client *client, const void *message, struct vm *const *vms, size_t count)
{
	struct stop_request *request = request_new(client, vms, count, WAIT_PAUSED);

	(void)message;
	for (size_t i = 0; request && i < count; i++) {
		bool paused = vm_state(vms[i]) == VM_STATE_PAUSED;
		int code = pause_try(client, vms[i], count > 1, request);
		if (code == 0 && !paused)
			pause_note(client, vms[i]);
		if (code == 0)
			continue;
		request->ones[i].waiting = false;
		request->left--;
	}
	if (request)
		all_wait(request);
}

void request_pause(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__PauseVm *pause = (const Vmsilo__Broker__PauseVm *)message;

	if (vm)
		pause_begin(client, pause, &vm, 1);
	else if (pause->all && !client_only(client))
		all_do(client, true, pause_begin, pause);
	else
		client_fail_no_vm(client, "");
}

void request_reset_root(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const struct services *services = client_services(client);
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;
	char who[CLIENT_WHO_SIZE], text[CLIENT_WHO_SIZE + 64], note[128];
	struct error error = {0};
	unsigned int count;

	(void)message;
	if (storage_root_reset(services->environment, vm, &count, &error) < 0) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY, "%s", error.text);
		return;
	}
	client_who(client, who);
	snprintf(text, sizeof(text), "%s threw away the layer of its root%s", who,
		count ? "" : " (there was none)");
	vm_watchers_note(services->environment->watchers, vm, text);
	snprintf(note, sizeof(note), "vm \"%s\" has kept no layer: nothing was thrown away",
		vm_configuration(vm)->name);
	if (count == 0)
		done.note = note;
	client_answer(client, FRAME_DONE, &done.base);
}
