#include "host-broker/request.h"

#include <stddef.h>

#include "proto/frame.h"

static const struct request_handler handlers[] = {
	{FRAME_START, ACCESS_MANAGE, request_start},
	{FRAME_STOP_VM, ACCESS_MANAGE, request_stop},
	{FRAME_SESSION, ACCESS_USE, request_session},
	{FRAME_LIST, ACCESS_USE, request_list},
	{FRAME_INHIBIT, ACCESS_USE, request_inhibit},
	{FRAME_WHY, ACCESS_USE, request_why},
	{FRAME_USB_LIST, ACCESS_USE, request_usb_list},
	{FRAME_USB_LEND, ACCESS_MANAGE, request_usb_lend},
	{FRAME_USB_RETURN, ACCESS_MANAGE, request_usb_return},
	{FRAME_MEMORY, ACCESS_USE, request_memory},
	{FRAME_EVENTS, ACCESS_USE, request_events},
	{FRAME_LOGS, ACCESS_USE, request_logs},
	{FRAME_RELOAD, ACCESS_MANAGE, request_reload},
	{FRAME_CONSOLE, ACCESS_MANAGE, request_console},
};

const struct request_handler *request_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == type)
			return &handlers[i];
	return NULL;
}
