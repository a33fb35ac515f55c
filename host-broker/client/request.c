#include "host-broker/client/request.h"

#include <stddef.h>

#include "proto/broker.pb-c.h"
#include "proto/wire/frame.h"

static const struct request_handler handlers[] = {
	{FRAME_START, ACCESS_MANAGE, offsetof(Vmsilo__Broker__Start, vm), true, request_start},
	{FRAME_STOP_VM, ACCESS_MANAGE, offsetof(Vmsilo__Broker__StopVm, vm), false, request_stop},
	{FRAME_PAUSE_VM, ACCESS_MANAGE, offsetof(Vmsilo__Broker__PauseVm, vm), false,
		request_pause},
	{FRAME_RESUME_VM, ACCESS_USE, offsetof(Vmsilo__Broker__ResumeVm, vm), true, request_resume},
	{FRAME_SESSION, ACCESS_USE, offsetof(Vmsilo__Broker__Session, vm), true, request_session},
	{FRAME_LIST, ACCESS_USE, offsetof(Vmsilo__Broker__List, vm), false, request_list},
	{FRAME_INHIBIT, ACCESS_USE, offsetof(Vmsilo__Broker__Inhibit, vm), true, request_inhibit},
	{FRAME_WHY, ACCESS_USE, offsetof(Vmsilo__Broker__Why, vm), true, request_why},
	{FRAME_USB_LIST, ACCESS_USE, 0, false, request_usb_list},
	{FRAME_USB_LEND, ACCESS_MANAGE, offsetof(Vmsilo__Broker__UsbLend, vm), true,
		request_usb_lend},
	{FRAME_USB_RETURN, ACCESS_MANAGE, offsetof(Vmsilo__Broker__UsbReturn, vm), false,
		request_usb_return},
	{FRAME_MEMORY, ACCESS_USE, offsetof(Vmsilo__Broker__Memory, vm), false, request_memory},
	{FRAME_NETWORKS, ACCESS_USE, offsetof(Vmsilo__Broker__Networks, vm), false,
		request_networks},
	{FRAME_EVENTS, ACCESS_USE, offsetof(Vmsilo__Broker__Events, vm), false, request_events},
	{FRAME_LOGS, ACCESS_USE, offsetof(Vmsilo__Broker__Logs, vm), true, request_logs},
	{FRAME_RELOAD, ACCESS_MANAGE, 0, false, request_reload},
	{FRAME_RESET_ROOT, ACCESS_MANAGE, offsetof(Vmsilo__Broker__ResetRoot, vm), true,
		request_reset_root},
	{FRAME_CONSOLE, ACCESS_MANAGE, offsetof(Vmsilo__Broker__Console, vm), true,
		request_console},
};

const struct request_handler *request_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == type)
			return &handlers[i];
	return NULL;
}
