/* What one VM may do in the host's tray: part of its configuration. Pure. */
#ifndef VMSILO_TRAY_MODEL_SETTINGS_H
#define VMSILO_TRAY_MODEL_SETTINGS_H

#include <stdint.h>

#include "proto/base/colour.h"

struct tray_settings {
	struct colour colour;
	uint32_t items;                    /* at once, at most TRAY_ITEMS_MAX; 0: none */
	uint32_t updates_per_second;       /* frames, and one more for every TRAY_COST_BYTES */
	uint32_t notifications_per_minute; /* 0: none */
};

#define TRAY_COST_BYTES (16 * 1024)
/* What may come at once: a guest that starts sends all its items. */
#define TRAY_UPDATES_BURST_SECONDS 10
#define TRAY_NOTIFICATIONS_BURST 20
/* A guest that keeps the rules stays below this part of them, since what a busy host reads late
 * arrives at once. */
#define TRAY_GUEST_PART 2

#define TRAY_ITEMS_DEFAULT 32
#define TRAY_UPDATES_DEFAULT 100
#define TRAY_NOTIFICATIONS_DEFAULT 60

#endif
