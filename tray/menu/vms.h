/* What the broker says of its VMs and their menus. */
#ifndef VMSILO_TRAY_MENU_VMS_H
#define VMSILO_TRAY_MENU_VMS_H

#include "proto/broker.pb-c.h"

/* Asks the broker whose socket is path; vm: of one, "" of all. *ret is the caller's:
 * message_free(). 0, or a negative UV_E* after it was said on stderr. */
int vms_ask(const char *path, const char *vm, Vmsilo__Broker__VmList **ret);

#endif
