/*
 * What clients ask for: one handler a frame type, in request-NAME.c by subject. A handler gets the
 * unpacked message, which is valid until it returns, and answers through client.h, now or later.
 */
#ifndef VMSILO_BROKER_CLIENT_REQUEST_H
#define VMSILO_BROKER_CLIENT_REQUEST_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/access/access.h"

struct client;
struct vm;

struct request_handler {
	uint16_t type;
	/* The right that the client needs, on the VM that the message's field `vm` names; without
	 * such a field, or if it is empty, on the broker as a whole. In that case ACCESS_USE is
	 * always granted, and the handler must leave out VMs that client_may() denies. client.c
	 * checks all this before it calls the handler. */
	enum access access;
	/* Of the message's field `vm`, a char *; 0: it has none. */
	size_t vm_offset;
	bool needs_vm; /* a request that names none is answered with NO_SUCH_VM */
	/* vm: the one that the message names; NULL: it names none. */
	void (*handle)(struct client *client, struct vm *vm, const ProtobufCMessage *message);
};

/* NULL: not a request of clients. */
const struct request_handler *request_find(uint16_t type);

/* request-run.c */
void request_start(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_resume(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_session(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-idle.c */
void request_inhibit(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_why(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-stop.c */
void request_stop(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_pause(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_reset_root(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-console.c */
void request_console(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-events.c */
void request_events(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_logs(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-reload.c */
void request_reload(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-list.c */
void request_list(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-memory.c */
void request_memory(struct client *client, struct vm *vm, const ProtobufCMessage *message);

/* request-network.c */
void request_networks(struct client *client, struct vm *vm, const ProtobufCMessage *message);
/* request-usb.c */
void request_usb_list(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_usb_lend(struct client *client, struct vm *vm, const ProtobufCMessage *message);
void request_usb_return(struct client *client, struct vm *vm, const ProtobufCMessage *message);

#endif
