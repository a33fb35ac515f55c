/*
 * The host's own time zone, locale and keyboard, which guests have that are not configured
 * otherwise. What the host does not say, or says in a way that we do not know, is "". Its files:
 *
 *   time zone   ETC/localtime, a link into the database (localtime(5)), else ETC/timezone
 *   locale      LC_ALL or LANG of the environment, else LANG of ETC/default/locale, ETC/locale.conf
 *   keyboard    XKBLAYOUT and the others of ETC/default/keyboard (keyboard(5))
 */
#ifndef VMSILO_BROKER_SETUP_HOST_H
#define VMSILO_BROKER_SETUP_HOST_H

#include "proto/limits.h"

#define HOST_ETC "/etc"
#define HOST_ZONES "/usr/share/zoneinfo"

struct setup_host {
	char time_zone[SETUP_NAME_MAX + 1];
	char locale[SETUP_NAME_MAX + 1];
	struct {
		char layout[SETUP_NAME_MAX + 1];
		char variant[SETUP_NAME_MAX + 1];
		char model[SETUP_NAME_MAX + 1];
		char options[SETUP_NAME_MAX + 1];
	} keyboard; /* layout "": none of it */
};

/* etc: where its files are. locale: of the environment; NULL: none. */
void setup_host_read(const char *etc, const char *locale, struct setup_host *ret);
/* LC_ALL, else LANG; NULL. */
const char *setup_host_environment(void);
/* The rule that the zone's file in the database ends with (RFC 8536, 3.3), as TZ has it; "". */
void setup_zone_rule(const char *zones, const char *zone, char ret[SETUP_NAME_MAX + 1]);

#endif
