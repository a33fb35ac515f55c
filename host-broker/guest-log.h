/*
 * What a guest's detached programs print (control.Log), checked, bounded in rate, and added to the
 * VM's journal, which makes it printable.
 */
#ifndef VMSILO_BROKER_GUEST_LOG_H
#define VMSILO_BROKER_GUEST_LOG_H

#include <sys/queue.h>
#include <uv.h>

#include "host-broker/journal.h"
#include "host-broker/vm-watch.h"
#include "proto/control.pb-c.h"
#include "proto/limits.h"

/* What is taken of one guest: more than our agent sends, starts and ends included. */
#define GUEST_LOG_LINES_PER_SECOND (2 * LOG_LINES_PER_SECOND)
#define GUEST_LOG_LINES_BURST (2 * LOG_LINES_BURST)
/* The source of these lines in the journal. */
#define GUEST_LOG_SOURCE "program"
#define GUEST_LOG_TEXT_MAX (LOG_PROGRAM_MAX + LOG_LINE_MAX + 64) /* bytes, not null-terminated */

struct guest_log_vm;
TAILQ_HEAD(guest_log_vms, guest_log_vm);

struct guest_log {
	uv_loop_t *loop;
	struct journal *journal;
	struct guest_log_vms vms; /* that have said something since they started */
	struct vm_watcher watcher;
};

/* Attaches to watchers, and detaches from them. journal is borrowed for life. */
void guest_log_init(struct guest_log *log, uv_loop_t *loop, struct journal *journal,
	struct vm_watchers *watchers);
void guest_log_finish(struct guest_log *log, struct vm_watchers *watchers);

/* Pure: "sleep[123]: a line", which is as untrusted as what it was made of. Returns its length, or
 * UV_EPROTO when the message breaks a limit or names no known kind. */
int guest_log_format(const Vmsilo__Control__Log *untrusted_message, char out[GUEST_LOG_TEXT_MAX]);

#endif
