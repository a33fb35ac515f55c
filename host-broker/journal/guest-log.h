/*
 * What a guest's detached programs print (control.Log), checked, and added to the VM's journal,
 * which bounds it and makes it printable.
 */
#ifndef VMSILO_BROKER_JOURNAL_GUEST_LOG_H
#define VMSILO_BROKER_JOURNAL_GUEST_LOG_H

#include "host-broker/journal/journal.h"
#include "host-broker/vm/watch.h"
#include "proto/control.pb-c.h"
#include "proto/limits.h"

#define GUEST_LOG_TEXT_MAX (LOG_PROGRAM_MAX + LOG_LINE_MAX + 64) /* bytes, not null-terminated */

struct guest_log {
	struct journal *journal;
	struct vm_watcher watcher;
};

/* Watches, for as long as there are VMs. journal is borrowed for life. As vm_watchers_add(). */
int guest_log_init(struct guest_log *log, struct journal *journal, struct vm_watchers *watchers);

/* Pure: "sleep[123]: a line", which is as untrusted as what it was made of. Returns its length, or
 * UV_EPROTO when the message breaks a limit or names no known kind. */
int guest_log_format(const Vmsilo__Control__Log *untrusted_message, char out[GUEST_LOG_TEXT_MAX]);

#endif
