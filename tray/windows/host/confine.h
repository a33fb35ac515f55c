/* The sandbox: connections that are open, memory, and nothing else. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_CONFINE_H
#define VMSILO_TRAY_WINDOWS_HOST_CONFINE_H

#include <stdbool.h>

#include "proto/base/error.h"

/* Before the first thread and loop. */
int confine_begin(const char *vm, bool required, struct error *error);
/* Before the guest's first byte. */
int confine_enter(const char *vm, bool required, struct error *error);

#endif
