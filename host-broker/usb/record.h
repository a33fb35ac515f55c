/*
 * RUNTIME/usb.json: which devices are lent, for the next broker.
 *
 *   {"boot_id": "...", "devices": [{"vm": NAME, "id": N, "server": [PID, START], "path": "1-2",
 *     "bus": N, "device": N, "vendor": N, "product": N, "interfaces": [N, ...]}, ...]}
 *
 * Numbers of processes and devices count from the boot: a list of an earlier one is none.
 */
#ifndef VMSILO_BROKER_USB_RECORD_H
#define VMSILO_BROKER_USB_RECORD_H

#include <stddef.h>

#include "host-broker/config/usb-info.h"
#include "host-broker/system/process.h"
#include "proto/host/paths.h"

struct usb_record {
	const struct usb_info *info;
	const char *vm;
	uint32_t id;
	struct process_id server;
};

/* Whole or not at all. An empty list removes the file. */
int usb_record_write(const struct paths *paths, const struct usb_record *records, size_t count);
/* Calls on_record for each that is well-formed, with pointers that are valid during the call. */
void usb_record_read(const struct paths *paths,
	void (*on_record)(void *data, const struct usb_record *record), void *data);

#endif
