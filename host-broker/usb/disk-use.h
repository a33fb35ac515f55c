/*
 * Which USB devices hold a disk that the host has in use: mounted, or as swap, itself or below
 * device-mapper and RAID. Such a device is not given away by itself.
 */
#ifndef VMSILO_BROKER_USB_DISK_USE_H
#define VMSILO_BROKER_USB_DISK_USE_H

#include "host-broker/config/usb-info.h"

/* Fills in what each is used as. sys, proc: as usb_list_read(). */
void disk_use_fill(const char *sys, const char *proc, struct usb_info *devices, size_t count);

#endif
