#include "host-broker/client/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/access/guard.h"
#include "host-broker/client/client.h"
#include "host-broker/idle/idle.h"
#include "host-broker/system/now.h"
#include "host-broker/usb/auto.h"
#include "host-broker/usb/change.h"
#include "host-broker/vm/table.h"
#include "proto/base/log.h"
#include "proto/wire/frame.h"

#define SOURCE_STATE "state"
#define SOURCE_NOTE "note"
#define SOURCE_USB "usb"

struct follower {
	TAILQ_ENTRY(follower) link; /* in events.followers */
	struct events *events;
	struct client *client;
	struct vm *only; /* NULL: all */
};

struct events {
	struct journal *journal;
	struct vm_watcher watcher;
	struct usb_watcher usb_watcher;
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

/* The event that describes a VM. */
struct news {
	Vmsilo__Broker__Event__Kind kind;
	bool present;
	const char *text;
	const struct usb_change *usb; /* NULL: none */
};

struct event {
	Vmsilo__Broker__Event message;
	Vmsilo__Broker__UsbChange usb;
};

static void usb_fill(const struct usb_change *change, struct event *ret)
{
	vmsilo__broker__usb_change__init(&ret->usb);
	ret->usb.kind = (Vmsilo__Broker__UsbChange__Kind)change->kind;
	ret->usb.path = (char *)change->info->path;
	ret->usb.vendor = change->info->vendor;
	ret->usb.product = change->info->product;
	ret->usb.name = (char *)change->info->name;
	ret->message.usb = &ret->usb;
}

static void event_fill(
	const struct follower *follower, struct vm *vm, const struct news *news, struct event *ret)
{
	Vmsilo__Broker__Event *message = &ret->message;
	struct idle_status idle;
	struct vm_status status;

	idle_status(client_services(follower->client)->idle, vm, &idle);
	vm_status(vm, &status);
	vmsilo__broker__event__init(message);
	message->vm = (char *)vm_configuration(vm)->name;
	message->kind = news->kind;
	message->present = news->present;
	message->state = (Vmsilo__Broker__VmState)status.state;
	message->reason = (char *)status.reason;
	message->sessions = status.sessions;
	message->at_ms = unix_now_ms();
	message->text = (char *)(news->text ? news->text : "");
	message->color = (char *)vm_configuration(vm)->color;
	message->agent = status.agent_connected;
	/* An end that was announced and withdrawn may have another time, far away. */
	if (news->kind != VMSILO__BROKER__EVENT__KIND__IDLE || idle.announced)
		message->stop_at_ms = idle.stop_at_ms;
	if (news->usb)
		usb_fill(news->usb, ret);
}

static bool may_know(const struct follower *follower, const struct vm *vm)
{
	return follower->only ? follower->only == vm : client_may(follower->client, vm, ACCESS_USE);
}

static int follower_tell(const struct follower *follower, struct vm *vm, const struct news *news)
{
	struct event event;

	if (!may_know(follower, vm))
		return 0;
	if (client_queued(follower->client) > FOLLOWER_QUEUE_MAX)
		return UV_ENOBUFS;
	event_fill(follower, vm, news, &event);
	return client_send(follower->client, FRAME_EVENT, &event.message.base);
}

static void news_tell(struct events *events, struct vm *vm, const struct news *news)
{
	struct follower *follower, *next;

	for (follower = TAILQ_FIRST(&events->followers); follower; follower = next) {
		next = TAILQ_NEXT(follower, link);
		if (follower_tell(follower, vm, news) == 0)
			continue;
		log_user_warning(client_peer(follower->client)->uid, NULL,
			"disconnected a client of user %u that follows events but does not read "
			"them",
			client_peer(follower->client)->uid);
		client_drop(follower->client);
	}
}

static void kind_tell(struct events *events, struct vm *vm, Vmsilo__Broker__Event__Kind kind)
{
	news_tell(events, vm, &(const struct news){.kind = kind});
}

/* ---- what there is when a follower comes ---- */

static int usb_present_tell(const struct follower *follower, struct vm *vm,
	enum usb_change_kind kind, const struct usb_info *info)
{
	const struct usb_change change = {.kind = kind, .info = info, .text = ""};
	char text[USB_CHANGE_WORDS_SIZE];

	usb_change_words(&change, text, sizeof(text));
	return follower_tell(follower, vm,
		&(const struct news){.kind = VMSILO__BROKER__EVENT__KIND__USB,
			.present = true,
			.text = text,
			.usb = &change});
}

static int usb_all_present_tell(const struct follower *follower)
{
	const struct services *services = client_services(follower->client);
	const struct usb_auto *automatic = services->usb_auto;
	const struct usb *usb = services->usb;
	int code = 0;

	for (size_t i = 0; code == 0 && i < usb_count(usb); i++) {
		const struct attachment *attachment = usb_at(usb, i);
		if (attachment_phase(attachment) == ATTACHMENT_ATTACHED)
			code = usb_present_tell(follower, attachment_vm(attachment),
				USB_CHANGE_ATTACHED, attachment_info(attachment));
	}
	for (size_t i = 0; code == 0 && i < usb_auto_questions_count(automatic); i++) {
		const struct usb_question *question = usb_auto_question_at(automatic, i);
		code = usb_present_tell(follower, question->vm, USB_CHANGE_ASK, &question->info);
	}
	return code;
}

static int present_tell(struct follower *follower)
{
	static const struct news present = {
		.kind = VMSILO__BROKER__EVENT__KIND__STATE, .present = true};
	const struct services *services = client_services(follower->client);
	Vmsilo__Broker__Event end;
	int code = 0;

	for (size_t i = 0; code == 0 && i < vm_table_count(services->vms); i++)
		code = follower_tell(follower, vm_table_at(services->vms, i), &present);
	if (code == 0)
		code = usb_all_present_tell(follower);
	if (code < 0)
		return code;
	vmsilo__broker__event__init(&end);
	end.kind = VMSILO__BROKER__EVENT__KIND__PRESENT_END;
	end.at_ms = unix_now_ms();
	return client_send(follower->client, FRAME_EVENT, &end.base);
}

static bool may_any(struct client *client)
{
	const struct services *services = client_services(client);

	for (size_t i = 0; i < vm_table_count(services->vms); i++)
		if (client_may(client, vm_table_at(services->vms, i), ACCESS_USE))
			return true;
	return false;
}

/* An answer has been given when it is false. */
static bool may_follow(const struct events *events, struct client *client, const struct vm *only)
{
	const struct access_peer *peer = client_peer(client);
	const struct follower *follower;
	char who[CLIENT_WHO_SIZE];
	size_t count = 0;

	if (access_is_owner(client_services(client)->guard->owner, peer))
		return true;
	if (!only && !may_any(client)) {
		client_who(client, who);
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED,
			"user %s may not use any VM of this broker: there are no events to follow",
			who);
		return false;
	}
	TAILQ_FOREACH (follower, &events->followers, link)
		count += client_peer(follower->client)->uid == peer->uid;
	if (count < FOLLOWERS_OF_USER_MAX)
		return true;
	client_who(client, who);
	client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__BUSY,
		"user %s already follows events %zu times; stop one of them first", who, count);
	return false;
}

void events_follow(struct events *events, struct client *client, struct vm *only)
{
	if (!may_follow(events, client, only))
		return;
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

/* A client that follows only this VM has nothing more to wait for. */
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

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct events *events = data;
	struct vm_status status;
	char text[1024];

	(void)from;
	vm_status(vm, &status);
	snprintf(text, sizeof(text), "%s%s%s", vm_state_name(status.state),
		status.reason[0] ? ": " : "", status.reason);
	journal_text(events, vm, SOURCE_STATE, text);
	kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__STATE);
}

/* Some changes are nobody's news. */
static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct events *events = data;

	switch (change) {
	case VM_CHANGE_AGENT:
		kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__AGENT);
		break;
	case VM_CHANGE_AGENT_LOST:
		kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__AGENT_LOST);
		break;
	case VM_CHANGE_SESSIONS:
		kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__SESSIONS);
		break;
	case VM_CHANGE_CONFIG:
		kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__CONFIGURED);
		break;
	default:
		break;
	}
}

static void on_removed(void *data, struct vm *vm)
{
	struct events *events = data;

	kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__REMOVED);
	followers_end(events, vm);
	journal_forget(events->journal, vm_configuration(vm)->name);
}

void events_tell_idle(struct events *events, struct vm *vm)
{
	kind_tell(events, vm, VMSILO__BROKER__EVENT__KIND__IDLE);
}

static void on_note(void *data, struct vm *vm, const char *text)
{
	struct events *events = data;

	journal_text(events, vm, SOURCE_NOTE, text);
	news_tell(events, vm,
		&(const struct news){.kind = VMSILO__BROKER__EVENT__KIND__NOTE, .text = text});
}

static void on_usb(void *data, struct vm *vm, const struct usb_change *change)
{
	struct events *events = data;
	char text[USB_CHANGE_WORDS_SIZE];

	usb_change_words(change, text, sizeof(text));
	if (change->kind != USB_CHANGE_ASK_END)
		journal_text(events, vm, SOURCE_USB, text);
	news_tell(events, vm,
		&(const struct news){
			.kind = VMSILO__BROKER__EVENT__KIND__USB, .text = text, .usb = change});
}

void events_watch_usb(struct events *events, struct usb *usb)
{
	events->usb_watcher = (struct usb_watcher){.on_usb = on_usb, .data = events};
	usb_watch(usb, &events->usb_watcher);
}

int events_create(struct journal *journal, struct vm_watchers *watchers, struct events **ret)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return UV_ENOMEM;
	*events = (struct events){
		.journal = journal,
		.watcher = {.on_state = on_state,
			.on_change = on_change,
			.on_removed = on_removed,
			.on_note = on_note,
			.data = events},
	};
	TAILQ_INIT(&events->followers);
	*ret = events;
	return vm_watchers_add(watchers, &events->watcher);
}

void events_destroy(struct events *events)
{
	free(events);
}
