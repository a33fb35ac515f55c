/* The whole program: one VM's windows on the user's desktop. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_HOST_H
#define VMSILO_TRAY_WINDOWS_HOST_HOST_H

#include "tray/windows/clipboard/device.h"
#include "tray/windows/host/settings.h"
#include "tray/windows/host/stream.h"
#include "tray/windows/input/input.h"

#define HOST_COUNTS_MS 100 /* COUNTS at most so often */

enum host_exit {
	HOST_ENDED = 0,
	HOST_FAILED = 1, /* 2: wrong usage */
	HOST_VIOLATION = 3,
	HOST_DESKTOP_GONE = 4,
	HOST_REFUSED = 5, /* the compositor did not like a request */
};

struct control;

struct host {
	uv_loop_t loop;
	struct desktop desktop;
	struct view view;
	struct input input;
	struct clipboard clipboard;
	struct device device;
	struct settings settings;
	struct stream *stream;   /* NULL: not begun, or over */
	struct control *control; /* NULL: without a parent */
	int stream_fd;           /* until it begins; -1 */
	uv_signal_t term;
	uv_timer_t counts;
	int exit_code;
	bool ending;
};

/* The loop and everything on it but the stream; before the sandbox. desktop and text are there. */
int host_init(struct host *host, const char *vm, struct error *error);
/* The stream begins: settings are known. */
int host_begin(struct host *host);
/* Takes new settings over. */
void host_apply(struct host *host, const struct settings *settings);
/* Ends the loop. The first reason counts. */
void host_end(struct host *host, enum host_exit exit_code);
void host_finish(struct host *host);

#endif
