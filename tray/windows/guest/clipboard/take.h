/*
 * The host asks for the guest's clipboard: its owner writes it into a pipe, as slowly as it likes,
 * and it goes to the host in parts once it is whole.
 *
 *   IDLE --clip_take_begin--> READING --end of file, too much, too slow--> SENDING --last part-->
 * IDLE
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_TAKE_H
#define VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_TAKE_H

#include <stdbool.h>
#include <uv.h>

#include "proto/windows.pb-c.h"

#define CLIP_TAKE_MS 3000 /* for the owner to write, each time; the host waits 5 s */

struct server;
struct wlr_data_source;

enum clip_take_phase { CLIP_IDLE, CLIP_READING, CLIP_SENDING };

struct clip_take {
	struct server *server;
	enum clip_take_phase phase;
	uint32_t serial;
	Vmsilo__Windows__ClipboardKind kind;
	bool too_large;
	bool full; /* the pipe was, when it was read last */
	unsigned int tries;
	/* The host's own, while it is the clipboard: what ends ends there. Whose another one is,
	 * wlroots does not say. */
	const struct wlr_data_source *given;
	uint8_t *bytes;
	size_t length, room, sent;
	uv_poll_t *poll; /* of the pipe; NULL; frees itself */
	int fd;
	uv_timer_t timer;
};

void clip_take_init(struct clip_take *take, struct server *server);
void clip_take_finish(struct clip_take *take);
void clip_take_begin(struct clip_take *take, uint32_t serial);
void clip_take_flush(struct clip_take *take);
void clip_take_leave(struct clip_take *take);

#endif
