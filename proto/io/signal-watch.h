/*
 * Signals as events of a loop, by signalfd(2): they are blocked, and read as they come, one a turn.
 * Their actions stay what they are, and one that is ignored comes all the same (Linux ignores none
 * that is blocked). libuv's handlers take nine system calls a signal, and six for each that comes.
 *
 * What is blocked here is blocked in the children as well, until they or who starts them says
 * otherwise.
 */
#ifndef VMSILO_PROTO_IO_SIGNAL_WATCH_H
#define VMSILO_PROTO_IO_SIGNAL_WATCH_H

#include <signal.h>
#include <uv.h>

#include "proto/io/closer.h"

struct signal_watch {
	int fd;          /* -1: it is not started, or is finished */
	sigset_t before; /* what was blocked */
	void (*on_signal)(void *data, int number);
	void *data;
	struct closer *closer;
	uv_poll_t poll;
};

/* closer: of the owner, who has the watch inside; NULL for one that lives as long as its process.
 * Before the first thread, or others get the signals. 0 or a negative UV_E*. */
int signal_watch_start(struct signal_watch *watch, uv_loop_t *loop, const sigset_t *numbers,
	struct closer *closer, void (*on_signal)(void *data, int number), void *data);
/* What has come and was not told is dropped, and the mask is as it was before. */
void signal_watch_finish(struct signal_watch *watch);

#endif
