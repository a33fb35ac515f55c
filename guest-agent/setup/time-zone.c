#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "guest-agent/setup/files.h"
#include "guest-agent/setup/places.h"

#define ZONES "usr/share/zoneinfo"

bool time_zone_apply(const char *root, const char *zone, struct problems *problems)
{
	char target[sizeof("/" ZONES "/") + SETUP_NAME_MAX], line[SETUP_NAME_MAX + 2];

	if (!files_has(root, ZONES))
		return false;
	if (!zone[0])
		return true;
	snprintf(target, sizeof(target), "/" ZONES "/%s", zone);
	if (!files_has(root, target + 1)) {
		problems_add(problems, "the image has no time zone %s", zone);
		return true;
	}
	int code = files_link(root, "etc/localtime", target);
	snprintf(line, sizeof(line), "%s\n", zone);
	if (code == 0)
		code = files_write(root, "etc/timezone", line, 0644);
	if (code < 0)
		problems_add(problems, "cannot set the time zone: %s", strerror(-code));
	return true;
}
