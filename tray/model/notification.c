#include "tray/model/notification.h"

#include <string.h>

void notification_finish(struct notification *notification)
{
	picture_finish(&notification->image);
}

/* Not among them: body-markup, body-hyperlinks, body-images (nothing of a guest is markup), sound
 * and action-icons (names that the host would look up), inline-reply (not in the specification). */
bool notification_capability_passes(const char *name)
{
	static const char *const passed[] = {"actions", "body", "icon-static", "persistence"};

	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (strcmp(passed[i], name) == 0)
			return true;
	return false;
}
