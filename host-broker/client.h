/*
 * One connection of a local client: hello, one request, its answer.
 *
 *   NEW --HELLO--> GREETED --START, STOP_VM, SESSION--> WAITING --answer--> (flushed and freed)
 *                     `--LIST--> answer
 *
 * A request that fails is answered with FAILURE; a violation of the protocol closes the connection.
 */
#ifndef VMSILO_BROKER_CLIENT_H
#define VMSILO_BROKER_CLIENT_H

#include <sys/queue.h>
#include <uv.h>

#include "host-broker/broker.h"

#define CLIENT_REQUEST_TIMEOUT_MS 10000 /* from accept to the whole request */
#define CLIENT_FLUSH_TIMEOUT_MS 10000   /* for the answer to be read */

struct client;

/* Takes fd. only: the VM that this connection may speak of (it came over its command.socket), NULL
 * for any. on_gone is called when the client is off the broker's hands. */
int client_create(struct broker *broker, int fd, struct vm *only,
	void (*on_gone)(void *data, struct client *client), void *data, struct client **ret);
/* Drops it without an answer; on_gone is not called. */
void client_destroy(struct client *client);

#endif
