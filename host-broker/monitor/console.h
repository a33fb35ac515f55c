/* The broker's end of a guest's serial console: a socket of the monitor's. */
#ifndef VMSILO_BROKER_MONITOR_CONSOLE_H
#define VMSILO_BROKER_MONITOR_CONSOLE_H

#include <uv.h>

struct console;

struct console_callbacks {
	void (*on_bytes)(void *data, const char *bytes, size_t length);
	/* The monitor closed it. Called once. */
	void (*on_end)(void *data);
};

/* Takes fd. vm: borrowed for life. */
int console_create(uv_loop_t *loop, int fd, const char *vm,
	const struct console_callbacks *callbacks, void *data, struct console **ret);
void console_destroy(struct console *console);
/* Types bytes. What the monitor does not take now is lost, as on a serial line. */
void console_send(struct console *console, const char *bytes, size_t length);

#endif
