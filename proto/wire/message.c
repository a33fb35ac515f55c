#include "proto/wire/message.h"

#include <stdlib.h>

#include "proto/broker.pb-c.h"
#include "proto/common.pb-c.h"
#include "proto/control.pb-c.h"
#include "proto/desk.pb-c.h"
#include "proto/net.pb-c.h"
#include "proto/session.pb-c.h"
#include "proto/tray.pb-c.h"
#include "proto/windows.pb-c.h"

static const struct {
	uint16_t type;
	const ProtobufCMessageDescriptor *descriptor;
} messages[] = {
	{FRAME_HELLO, &vmsilo__hello__descriptor},
	{FRAME_REJECT, &vmsilo__reject__descriptor},
	{FRAME_GRANT, &vmsilo__control__grant__descriptor},
	{FRAME_SHUTDOWN, &vmsilo__control__shutdown__descriptor},
	{FRAME_SHUTDOWN_ACK, &vmsilo__control__shutdown_ack__descriptor},
	{FRAME_ACTIVITY, &vmsilo__control__activity__descriptor},
	{FRAME_REPORT, &vmsilo__control__report__descriptor},
	{FRAME_REPORT_WANTED, &vmsilo__control__report_wanted__descriptor},
	{FRAME_CLOCK, &vmsilo__control__clock__descriptor},
	{FRAME_USB_ATTACH, &vmsilo__control__usb_attach__descriptor},
	{FRAME_USB_DETACH, &vmsilo__control__usb_detach__descriptor},
	{FRAME_USB_ATTACHED, &vmsilo__control__usb_attached__descriptor},
	{FRAME_USB_DETACHED, &vmsilo__control__usb_detached__descriptor},
	{FRAME_IDLE, &vmsilo__control__idle__descriptor},
	{FRAME_SETUP, &vmsilo__control__setup__descriptor},
	{FRAME_NETWORK, &vmsilo__control__network__descriptor},
	{FRAME_SETUP_DONE, &vmsilo__control__setup_done__descriptor},
	{FRAME_LOG, &vmsilo__control__log__descriptor},
	{FRAME_OPEN, &vmsilo__session__open__descriptor},
	{FRAME_OPENED, &vmsilo__session__opened__descriptor},
	{FRAME_FAILED, &vmsilo__session__failed__descriptor},
	{FRAME_CREDIT, &vmsilo__session__credit__descriptor},
	{FRAME_SIGNAL, &vmsilo__session__signal__descriptor},
	{FRAME_WINDOW, &vmsilo__session__window__descriptor},
	{FRAME_STATUS, &vmsilo__session__status__descriptor},
	{FRAME_START, &vmsilo__broker__start__descriptor},
	{FRAME_STOP_VM, &vmsilo__broker__stop_vm__descriptor},
	{FRAME_PAUSE_VM, &vmsilo__broker__pause_vm__descriptor},
	{FRAME_RESUME_VM, &vmsilo__broker__resume_vm__descriptor},
	{FRAME_SESSION, &vmsilo__broker__session__descriptor},
	{FRAME_LIST, &vmsilo__broker__list__descriptor},
	{FRAME_INHIBIT, &vmsilo__broker__inhibit__descriptor},
	{FRAME_WHY, &vmsilo__broker__why__descriptor},
	{FRAME_EVENTS, &vmsilo__broker__events__descriptor},
	{FRAME_CONSOLE, &vmsilo__broker__console__descriptor},
	{FRAME_RELOAD, &vmsilo__broker__reload__descriptor},
	{FRAME_LOGS, &vmsilo__broker__logs__descriptor},
	{FRAME_RESET_ROOT, &vmsilo__broker__reset_root__descriptor},
	{FRAME_PROGRESS, &vmsilo__broker__progress__descriptor},
	{FRAME_GRANTED, &vmsilo__broker__granted__descriptor},
	{FRAME_DONE, &vmsilo__broker__done__descriptor},
	{FRAME_FAILURE, &vmsilo__broker__failure__descriptor},
	{FRAME_VM_LIST, &vmsilo__broker__vm_list__descriptor},
	{FRAME_MEMORY, &vmsilo__broker__memory__descriptor},
	{FRAME_NETWORKS, &vmsilo__broker__networks__descriptor},
	{FRAME_NETWORK_LIST, &vmsilo__broker__network_list__descriptor},
	{FRAME_MEMORY_LIST, &vmsilo__broker__memory_list__descriptor},
	{FRAME_REASONS, &vmsilo__broker__reasons__descriptor},
	{FRAME_USB_LIST, &vmsilo__broker__usb_list__descriptor},
	{FRAME_USB_LEND, &vmsilo__broker__usb_lend__descriptor},
	{FRAME_USB_RETURN, &vmsilo__broker__usb_return__descriptor},
	{FRAME_USB_DEVICES, &vmsilo__broker__usb_devices__descriptor},
	{FRAME_EVENT, &vmsilo__broker__event__descriptor},
	{FRAME_DESCRIPTOR, &vmsilo__broker__descriptor__descriptor},
	{FRAME_RELOADED, &vmsilo__broker__reloaded__descriptor},
	{FRAME_TRAY_SETTINGS, &vmsilo__tray__settings__descriptor},
	{FRAME_TRAY_ITEM, &vmsilo__tray__item__descriptor},
	{FRAME_TRAY_ICON, &vmsilo__tray__icon__descriptor},
	{FRAME_TRAY_ITEM_GONE, &vmsilo__tray__item_gone__descriptor},
	{FRAME_TRAY_ITEM_EVENT, &vmsilo__tray__item_event__descriptor},
	{FRAME_TRAY_REPLY, &vmsilo__tray__reply__descriptor},
	{FRAME_TRAY_MENU_FOLLOW, &vmsilo__tray__menu_follow__descriptor},
	{FRAME_TRAY_MENU, &vmsilo__tray__menu__descriptor},
	{FRAME_TRAY_MENU_UPDATE, &vmsilo__tray__menu_update__descriptor},
	{FRAME_TRAY_MENU_SHOW, &vmsilo__tray__menu_show__descriptor},
	{FRAME_TRAY_MENU_EVENT, &vmsilo__tray__menu_event__descriptor},
	{FRAME_TRAY_NOTIFY, &vmsilo__tray__notify__descriptor},
	{FRAME_TRAY_NOTIFY_CLOSE, &vmsilo__tray__notify_close__descriptor},
	{FRAME_TRAY_NOTIFY_INVOKED, &vmsilo__tray__notify_invoked__descriptor},
	{FRAME_TRAY_NOTIFY_CLOSED, &vmsilo__tray__notify_closed__descriptor},
	{FRAME_WINDOWS_SETTINGS, &vmsilo__windows__settings__descriptor},
	{FRAME_WINDOWS_TOPLEVEL, &vmsilo__windows__toplevel__descriptor},
	{FRAME_WINDOWS_POPUP, &vmsilo__windows__popup__descriptor},
	{FRAME_WINDOWS_GONE, &vmsilo__windows__gone__descriptor},
	{FRAME_WINDOWS_FRAME, &vmsilo__windows__frame__descriptor},
	{FRAME_WINDOWS_RECT, &vmsilo__windows__rect__descriptor},
	{FRAME_WINDOWS_COPY, &vmsilo__windows__copy__descriptor},
	{FRAME_WINDOWS_FILL, &vmsilo__windows__fill__descriptor},
	{FRAME_WINDOWS_FRAME_END, &vmsilo__windows__frame_end__descriptor},
	{FRAME_WINDOWS_SHARED_FRAME, &vmsilo__windows__shared_frame__descriptor},
	{FRAME_WINDOWS_REQUEST, &vmsilo__windows__window_request__descriptor},
	{FRAME_WINDOWS_ACTIVATE, &vmsilo__windows__activate__descriptor},
	{FRAME_WINDOWS_CURSOR, &vmsilo__windows__cursor__descriptor},
	{FRAME_WINDOWS_CONSTRAINT, &vmsilo__windows__pointer_constraint__descriptor},
	{FRAME_WINDOWS_DRAG, &vmsilo__windows__drag__descriptor},
	{FRAME_WINDOWS_TEXT_INPUT, &vmsilo__windows__text_input__descriptor},
	{FRAME_WINDOWS_CLIPBOARD_DATA, &vmsilo__windows__clipboard_data__descriptor},
	{FRAME_WINDOWS_CONFIGURE, &vmsilo__windows__configure__descriptor},
	{FRAME_WINDOWS_POPUP_PLACE, &vmsilo__windows__popup_place__descriptor},
	{FRAME_WINDOWS_POPUP_DONE, &vmsilo__windows__popup_done__descriptor},
	{FRAME_WINDOWS_CLOSE, &vmsilo__windows__close__descriptor},
	{FRAME_WINDOWS_FRAME_DONE, &vmsilo__windows__frame_done__descriptor},
	{FRAME_WINDOWS_SHARED_RELEASE, &vmsilo__windows__shared_release__descriptor},
	{FRAME_WINDOWS_KEYMAP, &vmsilo__windows__keymap__descriptor},
	{FRAME_WINDOWS_REPEAT, &vmsilo__windows__repeat__descriptor},
	{FRAME_WINDOWS_FOCUS, &vmsilo__windows__focus__descriptor},
	{FRAME_WINDOWS_MODIFIERS, &vmsilo__windows__modifiers__descriptor},
	{FRAME_WINDOWS_KEY, &vmsilo__windows__key__descriptor},
	{FRAME_WINDOWS_POINTER, &vmsilo__windows__pointer__descriptor},
	{FRAME_WINDOWS_TOUCH, &vmsilo__windows__touch__descriptor},
	{FRAME_WINDOWS_DRAG_DONE, &vmsilo__windows__drag_done__descriptor},
	{FRAME_WINDOWS_TEXT_EVENT, &vmsilo__windows__text_event__descriptor},
	{FRAME_WINDOWS_CLIPBOARD_GET, &vmsilo__windows__clipboard_get__descriptor},
	{FRAME_DESK_SETTINGS, &vmsilo__desk__settings__descriptor},
	{FRAME_DESK_COUNTS, &vmsilo__desk__counts__descriptor},
	{FRAME_DESK_LIST, &vmsilo__desk__list__descriptor},
	{FRAME_DESK_WINDOWS, &vmsilo__desk__windows__descriptor},
	{FRAME_DESK_CROSSED, &vmsilo__desk__crossed__descriptor},
	{FRAME_DESK_ACTIVATE, &vmsilo__desk__activate__descriptor},
	{FRAME_DESK_CLOSE, &vmsilo__desk__close__descriptor},
	{FRAME_DESK_USE, &vmsilo__desk__use__descriptor},
	{FRAME_DESK_VIOLATION, &vmsilo__desk__violation__descriptor},
	{FRAME_DESK_ANSWER, &vmsilo__desk__answer__descriptor},
	{FRAME_NET_SET, &vmsilo__net__set__descriptor},
	{FRAME_NET_TAP, &vmsilo__net__tap__descriptor},
	{FRAME_NET_REMOVE, &vmsilo__net__remove__descriptor},
	{FRAME_NET_COUNT, &vmsilo__net__count__descriptor},
	{FRAME_NET_DONE, &vmsilo__net__done__descriptor},
	{FRAME_NET_TAP_MADE, &vmsilo__net__tap_made__descriptor},
	{FRAME_NET_COUNTS, &vmsilo__net__counts__descriptor},
	{FRAME_NET_KNOCK, &vmsilo__net__knock__descriptor},
	{FRAME_NET_REFUSED, &vmsilo__net__refused__descriptor},
};

const ProtobufCMessageDescriptor *message_descriptor(uint16_t type)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type == type)
			return messages[i].descriptor;
	return NULL;
}

/* What one message may allocate. The pieces are single allocations, so that a sanitizer sees each
 * of them; the budget bounds their sum. */
struct budget {
	size_t left;
};

static void *budget_allocate(void *data, size_t size)
{
	struct budget *budget = data;

	if (size > budget->left)
		return NULL;
	budget->left -= size;
	return malloc(size);
}

static void budget_release(void *data, void *pointer)
{
	(void)data;
	free(pointer);
}

ProtobufCMessage *message_unpack(const struct frame *frame)
{
	const ProtobufCMessageDescriptor *descriptor = message_descriptor(frame->type);
	struct budget budget = {
		.left = (size_t)frame->length * MESSAGE_MEMORY_FACTOR + MESSAGE_MEMORY_BASE};
	ProtobufCAllocator allocator = {
		.alloc = budget_allocate, .free = budget_release, .allocator_data = &budget};

	if (!descriptor)
		return NULL;
	return protobuf_c_message_unpack(descriptor, &allocator, frame->length, frame->payload);
}

void message_free(ProtobufCMessage *message)
{
	if (message)
		protobuf_c_message_free_unpacked(message, NULL);
}
