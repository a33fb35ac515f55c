#include "proto/wire/frame.h"

#include <stdbool.h>
#include <uv.h>

struct frame_rule {
	uint16_t type;
	const char *name;
	uint32_t length_max;
	bool has_stream;
};

static const struct frame_rule rules[] = {
	{FRAME_HELLO, "HELLO", FRAME_HELLO_MAX, false},
	{FRAME_REJECT, "REJECT", FRAME_TEXT_MAX, false},
	{FRAME_GRANT, "GRANT", FRAME_SMALL_MAX, false},
	{FRAME_SHUTDOWN, "SHUTDOWN", FRAME_SMALL_MAX, false},
	{FRAME_SHUTDOWN_ACK, "SHUTDOWN_ACK", FRAME_SMALL_MAX, false},
	{FRAME_ACTIVITY, "ACTIVITY", FRAME_SMALL_MAX, false},
	{FRAME_REPORT, "REPORT", FRAME_SMALL_MAX, false},
	{FRAME_REPORT_WANTED, "REPORT_WANTED", FRAME_SMALL_MAX, false},
	{FRAME_CLOCK, "CLOCK", FRAME_SMALL_MAX, false},
	{FRAME_USB_ATTACH, "USB_ATTACH", FRAME_SMALL_MAX, false},
	{FRAME_USB_DETACH, "USB_DETACH", FRAME_SMALL_MAX, false},
	{FRAME_USB_ATTACHED, "USB_ATTACHED", FRAME_TEXT_MAX, false},
	{FRAME_USB_DETACHED, "USB_DETACHED", FRAME_SMALL_MAX, false},
	{FRAME_IDLE, "IDLE", FRAME_SMALL_MAX, false},
	{FRAME_SETUP, "SETUP", FRAME_SETUP_MAX, false},
	{FRAME_NETWORK, "NETWORK", FRAME_NETWORK_MAX, false},
	{FRAME_SETUP_DONE, "SETUP_DONE", FRAME_SETUP_DONE_MAX, false},
	{FRAME_LOG, "LOG", FRAME_TEXT_MAX, false},
	{FRAME_OPEN, "OPEN", FRAME_OPEN_MAX, false},
	{FRAME_OPENED, "OPENED", FRAME_SMALL_MAX, false},
	{FRAME_FAILED, "FAILED", FRAME_TEXT_MAX, false},
	{FRAME_DATA, "DATA", FRAME_DATA_MAX, true},
	{FRAME_END, "END", 0, true},
	{FRAME_CREDIT, "CREDIT", FRAME_SMALL_MAX, true},
	{FRAME_STOP, "STOP", 0, true},
	{FRAME_SIGNAL, "SIGNAL", FRAME_SMALL_MAX, false},
	{FRAME_WINDOW, "WINDOW", FRAME_SMALL_MAX, false},
	{FRAME_STATUS, "STATUS", FRAME_SMALL_MAX, false},
	{FRAME_PROBE, "PROBE", 0, false},
	{FRAME_START, "START", FRAME_SMALL_MAX, false},
	{FRAME_STOP_VM, "STOP_VM", FRAME_SMALL_MAX, false},
	{FRAME_PAUSE_VM, "PAUSE_VM", FRAME_SMALL_MAX, false},
	{FRAME_RESUME_VM, "RESUME_VM", FRAME_SMALL_MAX, false},
	{FRAME_SESSION, "SESSION", FRAME_SMALL_MAX, false},
	{FRAME_LIST, "LIST", FRAME_SMALL_MAX, false},
	{FRAME_INHIBIT, "INHIBIT", FRAME_TEXT_MAX, false},
	{FRAME_WHY, "WHY", FRAME_SMALL_MAX, false},
	{FRAME_RESET_ROOT, "RESET_ROOT", FRAME_SMALL_MAX, false},
	{FRAME_MEMORY, "MEMORY", FRAME_SMALL_MAX, false},
	{FRAME_EVENTS, "EVENTS", FRAME_SMALL_MAX, false},
	{FRAME_CONSOLE, "CONSOLE", FRAME_SMALL_MAX, false},
	{FRAME_RELOAD, "RELOAD", FRAME_SMALL_MAX, false},
	{FRAME_LOGS, "LOGS", FRAME_SMALL_MAX, false},
	{FRAME_PROGRESS, "PROGRESS", FRAME_SMALL_MAX, false},
	{FRAME_GRANTED, "GRANTED", FRAME_TEXT_MAX, false},
	{FRAME_DONE, "DONE", FRAME_TEXT_MAX, false},
	{FRAME_FAILURE, "FAILURE", FRAME_FAILURE_MAX, false},
	{FRAME_VM_LIST, "VM_LIST", FRAME_LIST_MAX, false},
	{FRAME_REASONS, "REASONS", FRAME_FAILURE_MAX, false},
	{FRAME_USB_LIST, "USB_LIST", FRAME_SMALL_MAX, false},
	{FRAME_USB_LEND, "USB_LEND", FRAME_SMALL_MAX, false},
	{FRAME_USB_RETURN, "USB_RETURN", FRAME_SMALL_MAX, false},
	{FRAME_USB_DEVICES, "USB_DEVICES", FRAME_LIST_MAX, false},
	{FRAME_NETWORKS, "NETWORKS", FRAME_SMALL_MAX, false},
	{FRAME_NETWORK_LIST, "NETWORK_LIST", FRAME_LIST_MAX, false},
	{FRAME_MEMORY_LIST, "MEMORY_LIST", FRAME_LIST_MAX, false},
	{FRAME_EVENT, "EVENT", FRAME_TEXT_MAX, false},
	{FRAME_DESCRIPTOR, "DESCRIPTOR", FRAME_TEXT_MAX, false},
	{FRAME_RELOADED, "RELOADED", FRAME_LIST_MAX, false},
	{FRAME_TRAY_SETTINGS, "TRAY_SETTINGS", FRAME_TEXT_MAX, false},
	{FRAME_TRAY_ITEM, "TRAY_ITEM", FRAME_TEXT_MAX, false},
	{FRAME_TRAY_ICON, "TRAY_ICON", FRAME_TRAY_PICTURE_MAX, false},
	{FRAME_TRAY_ITEM_GONE, "TRAY_ITEM_GONE", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_ITEM_EVENT, "TRAY_ITEM_EVENT", FRAME_TEXT_MAX, false},
	{FRAME_TRAY_REPLY, "TRAY_REPLY", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_MENU_FOLLOW, "TRAY_MENU_FOLLOW", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_MENU, "TRAY_MENU", FRAME_TRAY_MENU_MAX, false},
	{FRAME_TRAY_MENU_UPDATE, "TRAY_MENU_UPDATE", FRAME_TRAY_MENU_MAX, false},
	{FRAME_TRAY_MENU_SHOW, "TRAY_MENU_SHOW", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_MENU_EVENT, "TRAY_MENU_EVENT", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_NOTIFY, "TRAY_NOTIFY", FRAME_TRAY_NOTIFY_MAX, false},
	{FRAME_TRAY_NOTIFY_CLOSE, "TRAY_NOTIFY_CLOSE", FRAME_SMALL_MAX, false},
	{FRAME_TRAY_NOTIFY_INVOKED, "TRAY_NOTIFY_INVOKED", FRAME_TEXT_MAX, false},
	{FRAME_TRAY_NOTIFY_CLOSED, "TRAY_NOTIFY_CLOSED", FRAME_SMALL_MAX, false},
	{FRAME_NET_SET, "NET_SET", FRAME_NET_MAX, false},
	{FRAME_NET_TAP, "NET_TAP", FRAME_SMALL_MAX, false},
	{FRAME_NET_REMOVE, "NET_REMOVE", FRAME_SMALL_MAX, false},
	{FRAME_NET_COUNT, "NET_COUNT", FRAME_SMALL_MAX, false},
	{FRAME_NET_DONE, "NET_DONE", FRAME_TEXT_MAX, false},
	{FRAME_NET_TAP_MADE, "NET_TAP_MADE", FRAME_SMALL_MAX, false},
	{FRAME_NET_COUNTS, "NET_COUNTS", FRAME_NET_MAX, false},
};

#define STREAMS 3

static const struct frame_rule *rule_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

const char *frame_type_name(uint16_t type)
{
	const struct frame_rule *rule = rule_find(type);

	return rule ? rule->name : "?";
}

int64_t frame_length_max(uint16_t type)
{
	const struct frame_rule *rule = rule_find(type);

	return rule ? (int64_t)rule->length_max : UV_EPROTO;
}

void frame_encode_header(
	uint8_t header[FRAME_HEADER_SIZE], uint16_t type, uint16_t stream, uint32_t length)
{
	for (int i = 0; i < 4; i++)
		header[i] = (uint8_t)(length >> (8 * i));
	header[4] = (uint8_t)type;
	header[5] = (uint8_t)(type >> 8);
	header[6] = (uint8_t)stream;
	header[7] = (uint8_t)(stream >> 8);
}

static uint32_t read_le(const uint8_t *bytes, int count)
{
	uint32_t value = 0;

	for (int i = 0; i < count; i++)
		value |= (uint32_t)bytes[i] << (8 * i);
	return value;
}

int64_t frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE], struct frame *ret)
{
	*ret = (struct frame){
		.length = read_le(header, 4),
		.type = (uint16_t)read_le(header + 4, 2),
		.stream = (uint16_t)read_le(header + 6, 2),
	};
	return (int64_t)FRAME_HEADER_SIZE + ret->length;
}

int64_t frame_decode(const uint8_t *bytes, size_t length, struct frame *ret)
{
	struct frame untrusted;

	if (length < FRAME_HEADER_SIZE)
		return 0;

	int64_t size = frame_decode_header(bytes, &untrusted);
	const struct frame_rule *rule = rule_find(untrusted.type);

	if (!rule || untrusted.stream >= (rule->has_stream ? STREAMS : 1))
		return UV_EPROTO;
	if (untrusted.length > rule->length_max)
		return UV_EMSGSIZE;
	if (length - FRAME_HEADER_SIZE < untrusted.length)
		return 0;
	*ret = untrusted;
	ret->payload = bytes + FRAME_HEADER_SIZE;
	return size;
}
