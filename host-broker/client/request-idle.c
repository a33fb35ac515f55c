/* What keeps a VM running, and why it is as it is. */
#include <stdlib.h>

#include "host-broker/client/client.h"
#include "host-broker/client/reason-message.h"
#include "host-broker/client/request.h"
#include "host-broker/idle/explain.h"
#include "host-broker/idle/idle.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/limits.h"
#include "proto/wire/frame.h"

static void on_inhibitor_gone(void *data)
{
	idle_hold_release(data);
}

static void inhibit_reason(
	const struct client *client, const Vmsilo__Broker__Inhibit *inhibit, struct reason *ret)
{
	static const enum reason_code codes[] = {
		[VMSILO__BROKER__INHIBIT__KIND__USER] = REASON_INHIBITED,
		[VMSILO__BROKER__INHIBIT__KIND__TRAY] = REASON_TRAY,
		[VMSILO__BROKER__INHIBIT__KIND__WINDOW] = REASON_WINDOW,
	};
	static const char *const what[] = {
		"", "has items in the panel of", "has windows on the screen of"};
	unsigned int kind = inhibit->kind;
	bool hidden = kind == VMSILO__BROKER__INHIBIT__KIND__WINDOW && inhibit->hidden;
	char who[CLIENT_WHO_SIZE];

	client_who(client, who);
	if (hidden)
		reason_make(ret, REASON_HIDDEN, unix_now_ms(), who,
			"it has windows, all of them hidden, on the desktop of %s", who);
	else if (kind == VMSILO__BROKER__INHIBIT__KIND__USER)
		reason_make(ret, codes[kind], unix_now_ms(), who,
			"%s (pid %d) keeps it running%s%s", who, (int)client_pid(client),
			inhibit->why[0] ? ": " : "", inhibit->why);
	else
		reason_make(ret, codes[kind], unix_now_ms(), who, "it %s %s", what[kind], who);
	ret->items = inhibit->items < WINDOWS_MAX ? inhibit->items : WINDOWS_MAX;
}

static void inhibit_hold(
	struct client *client, struct vm *vm, const Vmsilo__Broker__Inhibit *inhibit)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;
	struct idle_hold *hold;
	struct reason reason;

	inhibit_reason(client, inhibit, &reason);
	int code = idle_hold_add(client_services(client)->idle, vm, &reason, &hold);
	if (code < 0) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY,
			"vm \"%s\": there are %d inhibitors already; end one of them first",
			vm_configuration(vm)->name, IDLE_HOLDS_MAX);
		return;
	}
	client_pend(client, on_inhibitor_gone, hold);
	client_send(client, FRAME_DONE, &done.base);
}

void request_inhibit(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	const Vmsilo__Broker__Inhibit *inhibit = (const Vmsilo__Broker__Inhibit *)message;
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;

	if ((unsigned int)inhibit->kind > VMSILO__BROKER__INHIBIT__KIND__WINDOW) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BAD_REQUEST,
			"vm \"%s\": this broker does not know inhibitors of kind %d; upgrade and "
			"restart it",
			vm_configuration(vm)->name, (int)inhibit->kind);
	} else if (inhibit->for_ms > 0) {
		idle_keep(client_services(client)->idle, vm, inhibit->for_ms);
		client_answer(client, FRAME_DONE, &done.base);
	} else {
		inhibit_hold(client, vm, inhibit);
	}
}

static void reasons_answer(
	struct client *client, const struct vm *vm, const struct reasons *reasons)
{
	Vmsilo__Broker__Reasons answer = VMSILO__BROKER__REASONS__INIT;
	struct reason_messages messages;

	reason_messages_fill(&messages, reasons);
	answer.vm = (char *)vm_configuration(vm)->name;
	answer.state = (Vmsilo__Broker__VmState)vm_state(vm);
	answer.reasons = messages.pointers;
	answer.n_reasons = reasons->count;
	answer.left_out = (uint32_t)reasons->left_out;
	client_answer(client, FRAME_REASONS, &answer.base);
}

void request_why(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	_cleanup_free_ struct reasons *reasons = calloc(1, sizeof(*reasons));

	(void)message;
	if (!reasons) {
		client_drop(client);
		return;
	}
	const struct services *services = client_services(client);
	vm_explain(services->why, services->idle, vm, reasons);
	reasons_answer(client, vm, reasons);
}
