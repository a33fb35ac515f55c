/* The parent, which started the view: what it is told, and what it asks. It is trusted. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_CONTROL_H
#define VMSILO_TRAY_WINDOWS_HOST_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "tray/windows/clipboard/renew.h"

struct host;
struct control;

/* Takes fd. All below may be told of no control at all: NULL. */
int control_create(struct host *host, int fd, struct control **ret);
void control_destroy(struct control *control);
void control_counts(struct control *control);
void control_use(struct control *control);
void control_crossed(struct control *control, Vmsilo__Windows__ClipboardKind kind, uint64_t bytes,
	bool to_guest, bool too_large);
/* Of its GET. blob: NULL for nothing; held by who calls. */
void control_answer(struct control *control, uint32_t serial, Vmsilo__Windows__ClipboardKind kind,
	struct blob *blob, bool too_large);
void control_violation(struct control *control, const char *why);

#endif
