/*
 * The connections of a device and the rings they stand in: by ports, waiting for an answer, having
 * something for the guest, over. It owns what was added to it.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_TABLE_H
#define VMSILO_BROKER_VSOCK_DEVICE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "host-broker/vsock-device/connection.h"

#define TABLE_BUCKETS 256

LIST_HEAD(connection_list, connection);
TAILQ_HEAD(connection_ring, connection);

struct table {
	size_t count; /* of those that are not over */
	uint32_t next_port;
	struct connection_list all;
	struct connection_list over; /* to be freed when nobody is in their code */
	struct connection_list buckets[TABLE_BUCKETS];
	struct connection_ring waiting; /* in LINE and REQUESTED, by deadline */
	struct connection_ring ready;   /* have something for the guest; each has its turn */
};

void table_init(struct table *table);
void table_add(struct table *table, struct connection *connection);
/* From here on it is found by its ports. */
void table_number(struct table *table, struct connection *connection);
struct connection *table_find(const struct table *table, uint32_t guest_port, uint32_t host_port);
/* A host port that no stream to this guest port has. */
uint32_t table_free_port(struct table *table, uint32_t guest_port);
/* To the end of those that wait: all wait equally long, so the ring is in order. */
void table_wait(struct table *table, struct connection *connection, uint64_t deadline);
/* Puts it into the rings where its state belongs. */
void table_update(struct table *table, struct connection *connection);
/* The next that is ready, taken out of its ring; NULL when there is none. */
struct connection *table_next(struct table *table);
/* Frees those that are over. */
void table_reap(struct table *table);

#endif
