/*
 * vhci_hcd's table of ports, as its sysfs file `status` has it: a line for the head, then one a
 * port with its hub (hs or ss), its number and its state (4: free). Pure.
 */
#ifndef VMSILO_AGENT_USB_VHCI_STATUS_H
#define VMSILO_AGENT_USB_VHCI_STATUS_H

#include <stdbool.h>

/* The first free port of the hub for that speed. UV_EBUSY when all are taken, UV_EINVAL when the
 * text has no port of that hub. */
int vhci_status_free_port(const char *text, bool super_speed, unsigned int *ret_port);

#endif
