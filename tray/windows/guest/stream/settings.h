/* What the host allows. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_STREAM_SETTINGS_H
#define VMSILO_TRAY_WINDOWS_GUEST_STREAM_SETTINGS_H

#include <stdbool.h>

#include "proto/windows.pb-c.h"

/* The host's word is taken, but not beyond the protocol's bounds. */
bool settings_valid(const Vmsilo__Windows__Settings *settings);

#endif
