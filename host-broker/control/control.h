/*
 * The control channel of one VM: listens for the agent, says hello, announces grants, asks for the
 * shutdown. The bytes that come in are the guest's.
 *
 *   LISTENING --agent's HELLO--> CONNECTED --stream ends, violation--> LISTENING
 *
 * Before its hello a peer can be any process in the guest: a limited number may wait for a short
 * time, and a new one replaces the one that has been silent for longest, so that the agent gets in
 * past a crowd of others. There is one agent: while it is connected a second is rejected.
 *
 * What a guest makes the broker do is charged to two allowances of its VM: one for connections, one
 * for what its agent sends. While one is overdrawn, these are not read (pace.h).
 */
#ifndef VMSILO_BROKER_CONTROL_CONTROL_H
#define VMSILO_BROKER_CONTROL_CONTROL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <uv.h>

#include "host-broker/control/vsock-gate.h"
#include "proto/base/error.h"
#include "proto/wire/address.h"
#include "proto/wire/token.h"

/* Connections of one guest, the agent's included: what the listener accepts in two turns, so that a
 * peer that sends at once is read before it is replaced. */
#define CONTROL_PEERS_MAX 32
#define CONTROL_HELLO_TIMEOUT_MS 5000 /* from accept to HELLO */

/* Connections: an agent that is restarted again and again stays far below this. */
#define CONTROL_ARRIVALS_RATE 2000 /* connections a second, */
#define CONTROL_ARRIVALS_BURST 500
#define CONTROL_HELLO_COST \
	50 /* counted as connections, since each is reported to all who follow the VM */
/* What the agent sends. Ours sends at most 200 log lines a second, 1000 at once, and little else.
 */
#define CONTROL_MESSAGES_RATE 500 /* a second, */
#define CONTROL_MESSAGES_BURST 4000
#define CONTROL_BYTES_RATE (256 * 1024)
#define CONTROL_BYTES_BURST (2 * 1024 * 1024)
/* Changes of the number of programs that are passed on per second; of others only the last. */
#define CONTROL_ACTIVITY_RATE 10
#define CONTROL_ACTIVITY_BURST 2

struct control_callbacks {
	/* software: what the agent calls itself, printable, borrowed. */
	void (*on_connected)(void *data, const char *software);
	void (*on_lost)(void *data, int reason);
	/* Its hello cannot be accepted: a sentence for the user. */
	void (*on_rejected)(void *data, const char *text);
	/* windowed: of these sessions. */
	void (*on_activity)(void *data, unsigned int sessions, unsigned int windowed);
	/* Anything else that an agent may say on this channel, unpacked. A negative UV_E* ends the
	 * channel. */
	int (*on_message)(void *data, uint16_t type, const ProtobufCMessage *untrusted_message);
};

/* One stream that may come to the agent. */
struct control_grant {
	const struct token *token;
	uint16_t port;
	const char *user;   /* of a session's program; "": the agent's own */
	bool services_only; /* a session may run services alone */
};

struct control;

/* name: the VM's, for the log. gate: where a VM on the kernel's vsock comes to. Pointers are
 * borrowed for life. */
int control_create(uv_loop_t *loop, const char *name, const struct endpoint *endpoint,
	struct vsock_gate *gate, const struct control_callbacks *callbacks, void *data,
	struct control **ret);
/* The memory is freed when the loop has run out. */
void control_destroy(struct control *control);
/* Ends the agent's channel, if there is one; on_lost follows at once. */
void control_drop(struct control *control);
bool control_connected(const struct control *control);
/* An agent is connected, and both sides have this feature (proto/wire/hello.h). */
bool control_agent_has(const struct control *control, uint64_t feature);

/* UV_ENOTCONN while no agent is connected, UV_ENOBUFS when it does not read. */
int control_grant(struct control *control, const struct control_grant *grant);
/* Same errors. */
int control_tell(struct control *control, uint16_t type, const ProtobufCMessage *message);
int control_shutdown(struct control *control, uint32_t grace_ms);

#endif
