/*
 * vmsilo-windows: shows the windows of one VM on the user's desktop, by vmsilo-windows-view.
 *
 *   WAITING --the VM runs--> OPENING --stream--> SHOWN --stream ends--> OPENING, later and later
 *      ^                        |refused           |the guest broke the protocol, or the
 *      |                        |                  |compositor refused the view too often
 *      |                        +--> OPENING later +--> REFUSED, until the VM has ended
 *      `-- the VM has ended: the program ends, or waits if it was told to stay --'
 */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_LAUNCH_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_LAUNCH_H

#include <stdbool.h>

#include "tray/windows/launch/place.h"

#define LAUNCH_RETRY_FIRST_MS 200
#define LAUNCH_RETRY_LAST_MS 30000
#define LAUNCH_LIVED_MS 10000 /* a stream that lived so long was a good one */
#define LAUNCH_TOKENS_MAX 16  /* that came before there was a view */
#define LAUNCH_REFUSALS_MAX \
	4 /* of the compositor's, while the VM runs: a guest may have made them */

struct launch_options {
	const char *vm;
	const char *broker;    /* the path of its socket */
	const char *view;      /* vmsilo-windows-view */
	const char *log_level; /* NULL: the default */
	bool take;             /* from another user */
	bool stay;             /* when the VM has ended, for its next start */
	const char *cookie;    /* a token's (see desk.proto), which is token; NULL: none */
	const char *token;
};

/* Runs until there is nothing to show any more: an exit code. place: taken. */
int launch_run(const struct launch_options *options, struct place *place);

#endif
