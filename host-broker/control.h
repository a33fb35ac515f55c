/*
 * The control channel of one VM: listens for the agent, says hello, announces grants, asks for the
 * shutdown. The bytes that come in are the guest's.
 *
 *   LISTENING --agent's HELLO--> CONNECTED --stream ends, violation--> LISTENING
 *
 * Until the hello a peer is anybody in the guest: few may wait, briefly. One agent at a time: while
 * one is connected a second is rejected.
 */
#ifndef VMSILO_BROKER_CONTROL_H
#define VMSILO_BROKER_CONTROL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <uv.h>

#include "host-broker/vsock-gate.h"
#include "proto/address.h"
#include "proto/error.h"
#include "proto/token.h"

#define CONTROL_PEERS_MAX 4           /* connections of one guest, the agent's included */
#define CONTROL_HELLO_TIMEOUT_MS 5000 /* from accept to HELLO */

struct control_callbacks {
	/* software: what the agent calls itself, printable, borrowed. */
	void (*on_connected)(void *data, const char *software);
	void (*on_lost)(void *data, int reason);
	/* Its hello cannot be accepted: a sentence for the user. */
	void (*on_rejected)(void *data, const char *text);
	void (*on_activity)(void *data, unsigned int sessions);
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
void control_destroy(struct control *control);
/* Ends the agent's channel, if there is one; on_lost follows at once. */
void control_drop(struct control *control);
bool control_connected(const struct control *control);

/* UV_ENOTCONN while no agent is connected, UV_ENOBUFS when it does not read. */
int control_grant(struct control *control, const struct control_grant *grant);
/* Same errors. */
int control_tell(struct control *control, uint16_t type, const ProtobufCMessage *message);
int control_shutdown(struct control *control, uint32_t grace_ms);

#endif
