/* One request to the broker, blocking; starts the user's broker when there is none. */
#ifndef VMSILO_BROKER_CLI_BASE_BROKER_CLIENT_H
#define VMSILO_BROKER_CLI_BASE_BROKER_CLIENT_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/host/paths.h"
#include "proto/wire/frame.h"

struct broker_answer {
	uint16_t type;             /* FAILURE, or what the request is answered by */
	ProtobufCMessage *message; /* the caller's: message_free() */
	int session_fd;            /* of GRANTED and DESCRIPTOR, the caller's; else -1 */
};

/*
 * Sends the request and waits for its answer. start: may start a broker. Returns 0, or with a
 * sentence UV_ENOENT (no broker, and none was to be started), UV_ECONNREFUSED (it could not be
 * started), or what else went wrong on the way.
 */
int broker_ask(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, struct broker_answer *ret, struct error *error);
/* The same, for a request that lasts as long as its connection: *ret_fd is the caller's. */
int broker_ask_keep(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, struct broker_answer *ret, int *ret_fd,
	struct error *error);

/* The answer is the callback's. True: more are wanted. */
typedef bool (*broker_answer_cb)(void *data, struct broker_answer *answer);
/* The same for a request with many answers. */
int broker_follow(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, broker_answer_cb on_answer, void *data,
	struct error *error);

#endif
