/*
 * The USB/IP server for one device: bytes of the guest in, answers out, and transfers in flight
 * between them. Knows neither stream nor loop. What comes in is hostile: see usbip-wire.h for what
 * a header may say, urb-table.h for how much may be held.
 *
 *   a request:  RECEIVING --whole--> IN_FLIGHT --done--> ANSWERED --sent--> (freed)
 *                   |                    `--CMD_UNLINK--> UNLINKING --done--> ANSWERED, or freed
 *                   `--refused, or carried out at once--> ANSWERED
 *
 * An unlinked request is answered by RET_UNLINK alone when nothing of it was done; else by its
 * RET_SUBMIT, so that no data is lost, and RET_UNLINK after it.
 */
#ifndef VMSILO_USB_SERVER_H
#define VMSILO_USB_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "usb/device.h"

#define SERVER_ANSWERS_MAX 2048     /* queued; above it nothing more is taken in */
#define SERVER_REQUESTS_PER_TURN 64 /* of the loop: a read can hold thousands of them */

struct server;

struct server_ops {
	/* There is something to send that was not there before. */
	void (*on_output)(void *data);
	/* The device is gone, or will come back as another: no request can be met any more. */
	void (*on_device_lost)(void *data);
	/* After server_stop(): nothing is in flight any more. Never called from inside it. */
	void (*on_idle)(void *data);
};

/* device: borrowed for life. */
int server_create(struct device *device, uint32_t devid, const struct server_ops *ops, void *data,
	struct server **ret);
/* Nothing is in flight: after on_idle, or server_idle(). */
void server_destroy(struct server *server);

/* A turn of the loop begins: requests may be met again. */
void server_turn(struct server *server);
/*
 * Takes as many of the bytes as the turn and the answers that wait admit, and returns their number.
 * A turn ends with SERVER_REQUESTS_PER_TURN, or with a request that device_control() carried out:
 * that one blocks for as long as the device likes, and a guest may queue thousands. UV_EPROTO for
 * what no kernel sends, UV_ENOMEM: the stream must end.
 */
ssize_t server_receive(struct server *server, const uint8_t *bytes, size_t length);
/* Nothing more is taken before the next turn. */
bool server_turn_over(const struct server *server);
/* False while so many answers wait that the guest must read first. */
bool server_wants_input(const struct server *server);

/* What is to be sent next, in order; server_sent() when some of it went. */
size_t server_output(const struct server *server, struct iovec *iov, size_t max);
void server_sent(struct server *server, size_t count);

/* Cancels everything; answers go nowhere from now on. */
void server_stop(struct server *server);
/* No transfer is in flight. */
bool server_idle(const struct server *server);

#endif
