/* A descriptor on the loop. Each watch is a block of its own, so that its owner may go at once
 * while libuv still closes the handle. */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_WATCH_H
#define VMSILO_BROKER_VSOCK_DEVICE_WATCH_H

#include <uv.h>

struct watch;

/* events: UV_READABLE and so on; UV_PRIORITIZED stands for "the peer has hung up". All of them
 * after an error on the descriptor: the next call on it will tell. */
typedef void (*watch_cb)(void *data, int events);

/* Takes fd when it succeeds, and closes it at destroy. Watches nothing yet. */
int watch_create(uv_loop_t *loop, int fd, watch_cb callback, void *data, struct watch **ret);
/* What to wait for; 0: nothing. Cheap when nothing changes. */
void watch_set(struct watch *watch, int events);
int watch_fd(const struct watch *watch);
void watch_destroy(struct watch *watch);

#endif
