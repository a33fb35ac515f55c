/*
 * One close path for an owner of several libuv handles. libuv frees nothing at uv_close(): the
 * memory may go only after every handle's close callback has run. An owner embeds a closer,
 * registers each handle it initialises, and frees itself in on_closed.
 *
 *   closer_init(&o->closer, o_free, o);
 *   uv_timer_init(loop, &o->timer);  closer_add(&o->closer);
 *   ...
 *   closer_close(&o->closer, (uv_handle_t *)&o->timer);   one handle, early; or at the end
 *   closer_finish(&o->closer);       on_closed runs once all added handles are closed
 */
#ifndef VMSILO_PROTO_IO_CLOSER_H
#define VMSILO_PROTO_IO_CLOSER_H

#include <stdbool.h>
#include <uv.h>

struct closer {
	unsigned int open; /* added and their close callback has not run yet */
	bool finishing;
	void (*on_closed)(void *data);
	void *data;
};

void closer_init(struct closer *closer, void (*on_closed)(void *data), void *data);
void closer_add(struct closer *closer);
/* Takes over handle->data. A handle that is already closing is a bug (asserted). */
void closer_close(struct closer *closer, uv_handle_t *handle);
/* The owner is done. May call on_closed before it returns, when no handle is open: touch nothing
 * after. */
void closer_finish(struct closer *closer);

#endif
