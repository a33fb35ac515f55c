/* Host name, time zone, locale and keyboard of the guest, as files below root. */
#ifndef VMSILO_AGENT_SETUP_PLACES_H
#define VMSILO_AGENT_SETUP_PLACES_H

#include <stdbool.h>

#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

/* ETC/hostname and ETC/hosts; the kernel's as well when root is "/". */
void host_name_settle(const char *root, const char *name, struct problems *problems);
/* ETC/localtime, a link into the guest's database of zones, and ETC/timezone. Returns false when
 * the guest has no such database: then programs get the rule by their environment. */
bool time_zone_apply(const char *root, const char *zone, struct problems *problems);
/* ETC/default/locale and ETC/locale.conf. ret: what programs' LANG is: locale, or C.UTF-8 when the
 * guest does not have it. */
void locale_apply(const char *root, const char *locale, char ret[SETUP_NAME_MAX + 1],
	struct problems *problems);
/* ETC/default/keyboard. */
void keyboard_apply(
	const char *root, const Vmsilo__Control__Keyboard *keyboard, struct problems *problems);

#endif
