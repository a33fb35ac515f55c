/* The guest's stream on a libuv loop: bytes to the server, its answers back, as fast as either
 * takes them. */
#ifndef VMSILO_USB_STREAM_H
#define VMSILO_USB_STREAM_H

#include <uv.h>

struct server;
struct stream;

/* fd: borrowed. on_end is called once: 0 when the guest closed its end, UV_EPROTO when it broke the
 * protocol, else the error. */
int stream_create(uv_loop_t *loop, int fd, struct server *server,
	void (*on_end)(void *data, int reason), void *data, struct stream **ret);
/* The server has something to send. */
void stream_kick(struct stream *stream);
/* No callback comes after it. The memory is freed when the loop has run out. */
void stream_destroy(struct stream *stream);

#endif
