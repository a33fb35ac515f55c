/* How an entry of the menu calls vm-run. */
#ifndef VMSILO_TRAY_MENU_CALLER_H
#define VMSILO_TRAY_MENU_CALLER_H

#include <stddef.h>

/* By its name where any desktop finds it, else by its path in the folder bin; for the machine's
 * broker where the environment says so ($VMSILO_BROKER). As a part of an entry's Exec. */
void caller_form(const char *bin, char *ret, size_t size);

#endif
