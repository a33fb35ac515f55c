#include "host-broker/vsock-device/table.h"

#include <linux/vm_sockets.h>

#define FIRST_PORT 0x40000000u /* host ports of streams that begin here; below are services */

static struct connection_list *bucket_of(
	const struct table *table, uint32_t guest_port, uint32_t host_port)
{
	uint32_t mixed = (guest_port ^ (host_port << 16 | host_port >> 16)) * 0x9e3779b1u;

	return (struct connection_list *)&table->buckets[mixed >> 24];
}

void table_init(struct table *table)
{
	*table = (struct table){.next_port = FIRST_PORT};
	TAILQ_INIT(&table->waiting);
	TAILQ_INIT(&table->ready);
}

void table_add(struct table *table, struct connection *connection)
{
	LIST_INSERT_HEAD(&table->all, connection, all);
	table->count++;
}

void table_number(struct table *table, struct connection *connection)
{
	LIST_INSERT_HEAD(bucket_of(table, connection->guest_port, connection->host_port),
		connection, bucket);
	connection->is_numbered = true;
}

struct connection *table_find(const struct table *table, uint32_t guest_port, uint32_t host_port)
{
	struct connection *connection = LIST_FIRST(bucket_of(table, guest_port, host_port));

	while (connection &&
		(connection->guest_port != guest_port || connection->host_port != host_port))
		connection = LIST_NEXT(connection, bucket);
	return connection;
}

uint32_t table_free_port(struct table *table, uint32_t guest_port)
{
	do {
		if (++table->next_port < FIRST_PORT || table->next_port == VMADDR_PORT_ANY)
			table->next_port = FIRST_PORT;
	} while (table_find(table, guest_port, table->next_port));
	return table->next_port;
}

static void wait_end(struct table *table, struct connection *connection)
{
	if (!connection->is_waiting)
		return;
	TAILQ_REMOVE(&table->waiting, connection, waiting);
	connection->is_waiting = false;
}

static void ready_end(struct table *table, struct connection *connection)
{
	if (!connection->is_ready)
		return;
	TAILQ_REMOVE(&table->ready, connection, ready);
	connection->is_ready = false;
}

static void unnumber(struct connection *connection)
{
	if (!connection->is_numbered)
		return;
	LIST_REMOVE(connection, bucket);
	connection->is_numbered = false;
}

void table_wait(struct table *table, struct connection *connection, uint64_t deadline)
{
	wait_end(table, connection);
	connection->deadline = deadline;
	connection->is_waiting = true;
	TAILQ_INSERT_TAIL(&table->waiting, connection, waiting);
}

void table_update(struct table *table, struct connection *connection)
{
	if (connection->state != CONNECTION_LINE && connection->state != CONNECTION_REQUESTED)
		wait_end(table, connection);
	/* Ports of a stream that drains are the guest's to use again. */
	if (connection->state == CONNECTION_DRAINING || connection->state == CONNECTION_OVER) {
		ready_end(table, connection);
		unnumber(connection);
	} else if (!connection->is_ready && connection_has_next(connection)) {
		TAILQ_INSERT_TAIL(&table->ready, connection, ready);
		connection->is_ready = true;
	}
	if (connection->state == CONNECTION_OVER) {
		LIST_REMOVE(connection, all);
		LIST_INSERT_HEAD(&table->over, connection, all);
		table->count--;
	}
}

struct connection *table_next(struct table *table)
{
	struct connection *connection = TAILQ_FIRST(&table->ready);

	if (connection)
		ready_end(table, connection);
	return connection;
}

void table_reap(struct table *table)
{
	struct connection *connection;

	while ((connection = LIST_FIRST(&table->over))) {
		LIST_REMOVE(connection, all);
		connection_free(connection);
	}
}
