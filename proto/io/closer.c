#include "proto/io/closer.h"

#include <assert.h>

static void closer_check(struct closer *closer)
{
	if (closer->finishing && closer->open == 0)
		closer->on_closed(closer->data);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct closer *closer = handle->data;

	closer->open--;
	closer_check(closer);
}

void closer_init(struct closer *closer, void (*on_closed)(void *data), void *data)
{
	*closer = (struct closer){.on_closed = on_closed, .data = data};
}

void closer_add(struct closer *closer)
{
	assert(!closer->finishing);
	closer->open++;
}

void closer_close(struct closer *closer, uv_handle_t *handle)
{
	assert(!uv_is_closing(handle));
	handle->data = closer;
	uv_close(handle, on_handle_closed);
}

void closer_finish(struct closer *closer)
{
	closer->finishing = true;
	closer_check(closer);
}
