/*
 * The lines of the guests' consoles, for the journals: cut, and without escape sequences.
 */
#ifndef VMSILO_BROKER_JOURNAL_CONSOLE_LOG_H
#define VMSILO_BROKER_JOURNAL_CONSOLE_LOG_H

#include "host-broker/journal/journal.h"
#include "host-broker/vm/watch.h"

struct console_log;

/* Watches; both are borrowed for life. Destroyed after the VMs have ended. */
int console_log_create(
	struct journal *journal, struct vm_watchers *watchers, struct console_log **ret);
void console_log_destroy(struct console_log *log);

#endif
