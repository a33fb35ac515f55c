/*
 * The lines of the guests' consoles, for the journals: cut, without escape sequences, and no more
 * in a second than CONSOLE_LOG_RATE, so that a guest that prints without end fills neither disk nor
 * time. What was left out is counted there.
 */
#ifndef VMSILO_BROKER_CONSOLE_LOG_H
#define VMSILO_BROKER_CONSOLE_LOG_H

#include "host-broker/journal.h"
#include "host-broker/vm-watch.h"

#define CONSOLE_LOG_RATE 100   /* lines a second of one VM */
#define CONSOLE_LOG_BURST 3000 /* lines at once: a boot that tells everything */

struct console_log;

/* Attaches to watchers; both are borrowed for life. */
int console_log_create(
	struct journal *journal, struct vm_watchers *watchers, struct console_log **ret);
void console_log_destroy(struct console_log *log);

#endif
