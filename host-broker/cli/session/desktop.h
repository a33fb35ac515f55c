/*
 * The user's desktop, as a program of a VM appears on it: by the VM's vmsilo-windows, which is
 * started when the first program may have a window. A launcher's token (XDG_ACTIVATION_TOKEN) stays
 * on the host: the program gets a cookie in its place, and vmsilo-windows both.
 */
#ifndef VMSILO_BROKER_CLI_SESSION_DESKTOP_H
#define VMSILO_BROKER_CLI_SESSION_DESKTOP_H

#include <stdbool.h>

#include "proto/host/paths.h"

#define DESKTOP_COOKIE_SIZE 40 /* "vmsilo-" and 32 digits */

struct desktop {
	/* "XDG_ACTIVATION_TOKEN=vmsilo-...", for the program, and the same as X11 names it; "":
	 * none. */
	char variables[2][64];
};

/* Whether there is one that vmsilo-windows could show anything on. */
bool desktop_is_there(void);
/* Starts the VM's vmsilo-windows, if it is not there, and tells it of the token. Says on stderr
 * what goes wrong: the program runs all the same. paths: of the VM's broker. */
void desktop_open(const struct paths *paths, const char *vm, struct desktop *ret);
/* Starts it to take the windows from another user. */
void desktop_take(const struct paths *paths, const char *vm);

#endif
