/* What vmsilo's commands ask of the vmsilo-windows of a VM, in the user's own session (desk.proto).
 * Blocking. */
#ifndef VMSILO_BROKER_CLI_BASE_DESK_CLIENT_H
#define VMSILO_BROKER_CLI_BASE_DESK_CLIENT_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "proto/base/bytes.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

struct desk_client {
	int fd;
	struct bytes in;
};

/* system: the VM is the machine's. UV_ENOENT, with a sentence: its windows are not shown here;
 * UV_EPERM: who says that he shows them is another user. */
int desk_client_open(const char *vm, bool system, struct desk_client *ret, struct error *error);
void desk_client_close(struct desk_client *client);
int desk_client_send(struct desk_client *client, uint16_t type, const ProtobufCMessage *message);
/* The next message: the caller's, message_free(). What DESK_ANSWER says is an error (UV_EIO) and
 * its sentence, and for no failure *ret is NULL. */
int desk_client_receive(struct desk_client *client, const char *vm, uint16_t *ret_type,
	ProtobufCMessage **ret, struct error *error);

#endif
