/* The parent, which started the view: what it is told, and what it asks. It is trusted. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_CONTROL_H
#define VMSILO_TRAY_WINDOWS_HOST_CONTROL_H

#include <stdint.h>

struct host;
struct control;

/* Takes fd. All below may be told of no control at all: NULL. */
int control_create(struct host *host, int fd, struct control **ret);
void control_destroy(struct control *control);
void control_counts(struct control *control);
void control_use(struct control *control);
void control_violation(struct control *control, const char *why);

#endif
