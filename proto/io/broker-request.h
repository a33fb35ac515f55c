/* How a client begins with the broker: HELLO and its one request, on a connected socket. */
#ifndef VMSILO_PROTO_IO_BROKER_REQUEST_H
#define VMSILO_PROTO_IO_BROKER_REQUEST_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

/* Blocks, but both fit into an empty socket unless a command line is very long. software: name and
 * version. 0 or a negative UV_E*. */
int broker_request_send(
	int fd, const char *software, uint16_t type, const ProtobufCMessage *message);
/* One frame alone, likewise. */
int frame_send(int fd, uint16_t type, const ProtobufCMessage *message);

#endif
