/* What a notification is, on either side of the stream. Pure. */
#ifndef VMSILO_TRAY_MODEL_NOTIFICATION_H
#define VMSILO_TRAY_MODEL_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "tray/model/picture.h"

struct notification_action {
	char key[TRAY_LABEL_MAX + 1]; /* any UTF-8: real ones have ':' in it */
	char label[TRAY_LABEL_MAX + 1];
};

struct notification {
	uint32_t id; /* the guest's, never 0 */
	char app_name[TRAY_LABEL_MAX + 1];
	char summary[TRAY_LABEL_MAX + 1];
	char body[TRAY_TEXT_MAX + 1]; /* plain text */
	char category[TRAY_ID_MAX + 1];
	struct notification_action actions[TRAY_ACTIONS_MAX];
	size_t actions_count;
	uint8_t urgency;   /* 0 low, 1 normal, 2 critical */
	int32_t expire_ms; /* -1: as the host likes; 0: never */
	bool transient;
	bool resident;
	uint8_t progress; /* 1 + per cent; 0: none */
	struct picture image;
};

/* Why a notification was closed, as the specification numbers it. */
enum notification_end {
	NOTIFICATION_EXPIRED = 1,
	NOTIFICATION_DISMISSED = 2,
	NOTIFICATION_CLOSED = 3,
	NOTIFICATION_UNDEFINED = 4
};

void notification_finish(struct notification *notification);
/* Whether the capability of the host's service is one that is passed on. */
bool notification_capability_passes(const char *name);

#endif
