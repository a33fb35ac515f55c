#include "host-broker/request.h"

#include <stddef.h>

#include "proto/frame.h"

static const struct request_handler handlers[] = {
	{FRAME_START, request_start},
	{FRAME_STOP_VM, request_stop},
	{FRAME_SESSION, request_session},
	{FRAME_LIST, request_list},
	{FRAME_INHIBIT, request_inhibit},
	{FRAME_WHY, request_why},
	{FRAME_USB_LIST, request_usb_list},
	{FRAME_USB_LEND, request_usb_lend},
	{FRAME_USB_RETURN, request_usb_return},
	{FRAME_MEMORY, request_memory},
	{FRAME_EVENTS, request_events},
	{FRAME_LOGS, request_logs},
};

const struct request_handler *request_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == type)
			return &handlers[i];
	return NULL;
}
