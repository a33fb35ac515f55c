#include "proto/io/heap-trim.h"

#include <malloc.h>
#include <stdlib.h>

struct heap_trim {
	size_t peak; /* since the last trim */
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer)
{
	struct heap_trim *trim = timer->data;

	trim->peak = 0;
	malloc_trim(0);
}

static void on_closed(uv_handle_t *timer)
{
	free(timer->data);
}

struct heap_trim *heap_trim_create(uv_loop_t *loop)
{
	struct heap_trim *trim = calloc(1, sizeof(*trim));

	if (!trim)
		return NULL;
	uv_timer_init(loop, &trim->timer);
	uv_unref((uv_handle_t *)&trim->timer);
	trim->timer.data = trim;
	return trim;
}

void heap_trim_count(struct heap_trim *trim, size_t count)
{
	if (!trim)
		return;
	if (count > trim->peak)
		trim->peak = count;
	if (count == 0 && trim->peak >= HEAP_TRIM_RUSH)
		uv_timer_start(&trim->timer, on_timer, HEAP_TRIM_DELAY_MS, 0);
	else
		uv_timer_stop(&trim->timer);
}

void heap_trim_destroy(struct heap_trim *trim)
{
	if (trim)
		uv_close((uv_handle_t *)&trim->timer, on_closed);
}
