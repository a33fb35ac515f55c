/*
 * One VM's tray stream on the host: greets, says what may come, and judges every frame that does.
 *
 *   GREETING --HELLO--> OPEN --end, violation--> on_gone, and the owner calls host_peer_destroy()
 *
 * A violation is logged once and ends the stream.
 */
#ifndef VMSILO_TRAY_HOST_PEER_H
#define VMSILO_TRAY_HOST_PEER_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/wire/token.h"
#include "tray/model/settings.h"
#include "tray/notices/service.h"

#define HELLO_TIMEOUT_MS 30000 /* a guest under software emulation may be slow */

struct host_peer;

struct host_peer_ops {
	/* The stream is over; violated: by the guest's fault, it should not be tried again. */
	void (*on_gone)(void *data, bool violated);
	/* The number of items, whenever it changes. May be NULL. */
	void (*on_items)(void *data, size_t count);
	/* The user does something with what it shows. May be NULL. */
	void (*on_use)(void *data);
};

/* Takes fd, the connected stream. service outlives the peer. token may be NULL where the other end
 * asks for none. */
int host_peer_create(uv_loop_t *loop, struct host_service *service, const char *vm,
	const struct tray_settings *settings, int fd, const struct token *token,
	const struct host_peer_ops *ops, void *data, struct host_peer **ret);
void host_peer_destroy(struct host_peer *peer);

/* The service's capabilities have changed. */
void host_peer_settings(struct host_peer *peer);
/* Every signal of the program's bus. */
void host_peer_signal(struct host_peer *peer, DBusMessage *signal);

#endif
