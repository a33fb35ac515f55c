/*
 * One stream between a local socket and a port of the guest: its states, its credit in both
 * directions (virtual I/O specification 1.2, section 5.10.6), and what it has to say to the guest.
 * It knows no queue: the device brings it the guest's packets and asks it for the next of its own.
 *
 *   LINE ------> REQUESTED ------> OPEN ------> CLOSING ---+
 *   a local peer  the guest       ^   |  local peer gone,  |
 *   says CONNECT  was asked       |   |  guest is told     v
 *                  a guest's request  +---> DRAINING ---> OVER
 *                                     guest gone, what it sent goes to the local peer
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_CONNECTION_H
#define VMSILO_BROKER_VSOCK_DEVICE_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>
#include <uv.h>

#include "host-broker/vsock-device/packet.h"
#include "host-broker/vsock-device/watch.h"
#include "proto/base/bytes.h"
#include "proto/wire/hybrid.h"

/* What we keep of a guest's bytes for a local peer that does not read. */
#define CONNECTION_BUFFER_SIZE (256 * 1024)

enum connection_state {
	CONNECTION_LINE,
	CONNECTION_REQUESTED,
	CONNECTION_OPEN,
	CONNECTION_CLOSING,
	CONNECTION_DRAINING,
	CONNECTION_OVER,
};

struct connection;

struct connection_callbacks {
	/* The local peer has named the port that it wants: connection_request() or
	 * connection_end(). */
	void (*on_line)(void *data, struct connection *connection, uint32_t port);
	/* connection_next() has something, or the state has changed. */
	void (*on_change)(void *data, struct connection *connection);
	/* An event on its socket has been dealt with; the last thing that is done for it, so that
	 * here the connection may be freed. */
	void (*on_settle)(void *data, struct connection *connection);
};

struct connection {
	const struct connection_callbacks *callbacks;
	void *data;
	enum connection_state state;
	uint32_t guest_port;
	uint32_t host_port;

	struct watch *watch; /* the local socket; NULL once it is closed */
	char line[HYBRID_LINE_MAX];
	size_t line_length;
	bool readable;         /* the socket may have bytes for the guest */
	bool local_ended;      /* the local peer sends no more */
	uint8_t guest_ended;   /* VIRTIO_VSOCK_SHUTDOWN_*: what the guest does no more */
	bool credit_requested; /* and nothing was heard since */
	unsigned int pending;  /* packets to send, by their op's bit */

	struct bytes buffer; /* from the guest, not yet taken by the local peer */
	uint32_t forwarded;  /* bytes the local peer has taken */
	uint32_t told;       /* of these, what the guest knows of */

	uint32_t sent; /* bytes sent to the guest */
	uint32_t guest_buffer_size;
	uint32_t guest_forwarded;

	/* The owner's lists; it links and unlinks. */
	uint64_t deadline; /* uv_now(): in LINE and REQUESTED */
	bool is_waiting;
	bool is_numbered;
	bool is_ready;
	LIST_ENTRY(connection) all;
	LIST_ENTRY(connection) bucket;
	TAILQ_ENTRY(connection) waiting;
	TAILQ_ENTRY(connection) ready;
};

/* All take fd (connected, non-blocking) when they succeed; UV_ENOMEM. The first begins in LINE, the
 * second in OPEN, its first packet being the answer to request. */
int connection_accept(uv_loop_t *loop, int fd, const struct connection_callbacks *callbacks,
	void *data, struct connection **ret);
int connection_answer(uv_loop_t *loop, int fd, const struct packet *request,
	const struct connection_callbacks *callbacks, void *data, struct connection **ret);

/* Asks the guest for the port that on_line told, as coming from host_port. */
void connection_request(struct connection *connection, uint32_t guest_port, uint32_t host_port);
/* A packet of the guest's for it. The parts are the payload, packet->length bytes; what is not
 * written at once is copied. */
void connection_take(struct connection *connection, const struct packet *packet,
	const struct iovec *parts, unsigned int count);
/* Whether connection_next() would be worth a buffer of the guest's. */
bool connection_has_next(const struct connection *connection);
/* The next packet for the guest; its payload goes to the parts. False when there is none after all.
 * Sets type, op, ports, flags, length and credit. */
bool connection_next(struct connection *connection, const struct iovec *parts, unsigned int count,
	struct packet *ret);
/* Waits on the local socket for what it can use now: to be called after a turn of the above. */
void connection_watch(struct connection *connection);
/* Ends in OVER at once; the guest is not told. */
void connection_end(struct connection *connection);
/* The device has given up on it (it took too long, or the guest broke a rule): the guest gets RST,
 * the local peer end of file. */
void connection_reset(struct connection *connection);
/* Once OVER and out of all lists. */
void connection_free(struct connection *connection);

#endif
