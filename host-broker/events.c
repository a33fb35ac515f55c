#include "host-broker/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/client.h"
#include "host-broker/idle.h"
#include "host-broker/unix-time.h"
#include "host-broker/vm.h"
#include "proto/frame.h"
#include "proto/log.h"

#define SOURCE_STATE "state"
#define SOURCE_NOTE "note"

struct follower {
	TAILQ_ENTRY(follower) link; /* in events.followers */
	struct events *events;
	struct client *client;
	struct vm *only; /* NULL: all */
};

struct events {
	struct journal *journal;
	struct vm_watchers *watchers;
	struct vm_watcher watcher;
	TAILQ_HEAD(, follower) followers;
};

/* ---- followers ---- */

/* The client has gone, or goes. */
static void on_give_up(void *data)
{
	struct follower *follower = data;

	TAILQ_REMOVE(&follower->events->followers, follower, link);
	free(follower);
}

static void event_fill(const struct follower *follower, struct vm *vm,
	Vmsilo__Broker__Event__Kind kind, const char *text, Vmsilo__Broker__Event *ret)
{
	struct idle_status idle;
	struct vm_status status;

	idle_status(broker_idle(client_broker(follower->client)), vm, &idle);
	vm_status(vm, &status);
	vmsilo__broker__event__init(ret);
	ret->vm = (char *)vm_configuration(vm)->name;
	ret->kind = kind;
	ret->state = (Vmsilo__Broker__VmState)status.state;
	ret->reason = (char *)status.reason;
	ret->sessions = status.sessions;
	ret->at_ms = unix_now_ms();
	ret->text = (char *)text;
	ret->color = (char *)vm_configuration(vm)->color;
	ret->agent = status.agent_connected;
	/* An end that was announced and withdrawn may have another time, far away. */
	if (kind != VMSILO__BROKER__EVENT__KIND__IDLE || idle.announced)
		ret->stop_at_ms = idle.stop_at_ms;
}

static bool may_know(const struct follower *follower, const struct vm *vm)
{
	return follower->only ? follower->only == vm : client_may(follower->client, vm, ACCESS_USE);
}

static void tell(
	struct events *events, struct vm *vm, Vmsilo__Broker__Event__Kind kind, const char *text)
{
	struct follower *follower, *next;
	Vmsilo__Broker__Event event;

	for (follower = TAILQ_FIRST(&events->followers); follower; follower = next) {
		next = TAILQ_NEXT(follower, link);
		if (!may_know(follower, vm))
			continue;
		event_fill(follower, vm, kind, text, &event);
		if (client_send(follower->client, FRAME_EVENT, &event.base) == 0)
			continue;
		log_warning(NULL, "a client that follows events does not read them; it is dropped");
		client_drop(follower->client);
	}
}

static int present_tell(struct follower *follower)
{
	const struct broker *broker = client_broker(follower->client);
	Vmsilo__Broker__Event event;
	int code = 0;

	for (size_t i = 0; code == 0 && i < broker_vms_count(broker); i++) {
		struct vm *vm = broker_vm_at(broker, i);
		if (!may_know(follower, vm))
			continue;
		event_fill(follower, vm, VMSILO__BROKER__EVENT__KIND__STATE, "", &event);
		event.present = true;
		code = client_send(follower->client, FRAME_EVENT, &event.base);
	}
	if (code < 0)
		return code;
	vmsilo__broker__event__init(&event);
	event.kind = VMSILO__BROKER__EVENT__KIND__PRESENT_END;
	event.at_ms = unix_now_ms();
	return client_send(follower->client, FRAME_EVENT, &event.base);
}

void events_follow(struct events *events, struct client *client, struct vm *only)
{
	struct follower *follower = calloc(1, sizeof(*follower));

	if (!follower) {
		client_drop(client);
		return;
	}
	*follower = (struct follower){.events = events, .client = client, .only = only};
	TAILQ_INSERT_TAIL(&events->followers, follower, link);
	client_pend(client, on_give_up, follower);
	if (present_tell(follower) < 0)
		client_drop(client);
}

/* Who follows one VM alone has nothing to wait for any more. */
static void followers_end(struct events *events, const struct vm *vm)
{
	struct follower *follower, *next;

	for (follower = TAILQ_FIRST(&events->followers); follower; follower = next) {
		next = TAILQ_NEXT(follower, link);
		if (follower->only == vm)
			client_drop(follower->client);
	}
}

/* ---- what happens ---- */

static void journal_text(struct events *events, struct vm *vm, const char *source, const char *text)
{
	journal_add(events->journal, vm_configuration(vm)->name, source, text, strlen(text));
}

static void on_state(struct events *events, struct vm *vm)
{
	struct vm_status status;
	char text[1024];

	vm_status(vm, &status);
	snprintf(text, sizeof(text), "%s%s%s", vm_state_name(status.state),
		status.reason[0] ? ": " : "", status.reason);
	journal_text(events, vm, SOURCE_STATE, text);
	tell(events, vm, VMSILO__BROKER__EVENT__KIND__STATE, "");
}

/* Some changes are nobody's news. */
static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct events *events = data;

	switch (change) {
	case VM_CHANGE_STATE:
		on_state(events, vm);
		break;
	case VM_CHANGE_AGENT:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__AGENT, "");
		break;
	case VM_CHANGE_AGENT_LOST:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__AGENT_LOST, "");
		break;
	case VM_CHANGE_SESSIONS:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__SESSIONS, "");
		break;
	case VM_CHANGE_IDLE:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__IDLE, "");
		break;
	case VM_CHANGE_CONFIG:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__CONFIGURED, "");
		break;
	case VM_CHANGE_REMOVED:
		tell(events, vm, VMSILO__BROKER__EVENT__KIND__REMOVED, "");
		followers_end(events, vm);
		journal_forget(events->journal, vm_configuration(vm)->name);
		break;
	default:
		break;
	}
}

static void on_note(void *data, struct vm *vm, const char *text)
{
	struct events *events = data;

	journal_text(events, vm, SOURCE_NOTE, text);
	tell(events, vm, VMSILO__BROKER__EVENT__KIND__NOTE, text);
}

int events_create(struct journal *journal, struct vm_watchers *watchers, struct events **ret)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return UV_ENOMEM;
	*events = (struct events){
		.journal = journal,
		.watchers = watchers,
		.watcher = {.on_change = on_change, .on_note = on_note, .data = events},
	};
	TAILQ_INIT(&events->followers);
	TAILQ_INSERT_TAIL(watchers, &events->watcher, link);
	*ret = events;
	return 0;
}

void events_destroy(struct events *events)
{
	TAILQ_REMOVE(events->watchers, &events->watcher, link);
	free(events);
}
