/*
 * What vmsilo-guest-windows says once programs can connect to it: a line NAME=VALUE for each
 * variable that programs are to have, WAYLAND_DISPLAY and DISPLAY among them. Pure.
 */
#ifndef VMSILO_AGENT_DISPLAY_VARIABLES_H
#define VMSILO_AGENT_DISPLAY_VARIABLES_H

#include "guest-agent/program/strings.h"

#define DISPLAY_TEXT_MAX 1024 /* bytes of all lines */
#define DISPLAY_VARIABLES_MAX 16

/* Adds to ret those of the lines, which a null byte follows. ret: with room for
 * DISPLAY_VARIABLES_MAX. UV_EINVAL for lines that are not of this form, or more; UV_ENOENT when
 * no display is among them; UV_ENOMEM. */
int variables_read(const char *untrusted_text, size_t length, struct strings *ret);

#endif
