/*
 * Frame payloads as protobuf-c messages. What unpacking may allocate is bounded, so that a
 * small message cannot make the receiver allocate much (a repeated field's elements cost more than
 * their bytes). What comes out is untrusted_*: enums, lengths and text are checked by whoever uses
 * a field.
 */
#ifndef VMSILO_PROTO_WIRE_MESSAGE_H
#define VMSILO_PROTO_WIRE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>

#include "proto/wire/frame.h"

/* The descriptor of a type's payload; NULL for DATA, END, STOP and unknown types. */
const ProtobufCMessageDescriptor *message_descriptor(uint16_t type);

/* Owned by the caller, freed with message_free(). NULL when it does not parse or would need more
 * memory than MESSAGE_MEMORY_FACTOR times its length plus MESSAGE_MEMORY_BASE. */
ProtobufCMessage *message_unpack(const struct frame *frame);
void message_free(ProtobufCMessage *message);

#define MESSAGE_MEMORY_FACTOR 64
#define MESSAGE_MEMORY_BASE 4096

#endif
