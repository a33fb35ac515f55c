/*
 * After a rush the heap goes back to the system: the pages of two hundred sessions are of no use to
 * an agent that has none, and its guest has little memory. In quiet times the heap is left alone.
 *
 *   heap_trim_count(trim, sessions);     whenever their number changes
 */
#ifndef VMSILO_PROTO_IO_HEAP_TRIM_H
#define VMSILO_PROTO_IO_HEAP_TRIM_H

#include <uv.h>

#define HEAP_TRIM_RUSH 16      /* so many at once are a rush */
#define HEAP_TRIM_DELAY_MS 500 /* for what libuv still holds to be freed, and for the next rush */

struct heap_trim;

/* NULL: no memory; then, here and below, nothing is trimmed. */
struct heap_trim *heap_trim_create(uv_loop_t *loop);
void heap_trim_count(struct heap_trim *trim, size_t count);
void heap_trim_destroy(struct heap_trim *trim);

#endif
