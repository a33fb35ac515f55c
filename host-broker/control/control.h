/*
 * The control channel of one VM: listens for the agent, says hello, announces grants, asks for the
 * shutdown. The bytes that come in are the guest's.
 *
 *   LISTENING --agent's HELLO--> CONNECTED --stream ends, violation--> LISTENING
 *
 * Until the hello a peer is anybody in the guest: some may wait, briefly, and the one that has been
 * silent for longest gives way to the next, so that an agent gets in past a crowd of others. One
 * agent at a time: while one is connected a second is rejected.
 *
 * What a guest makes the broker do is paid from two allowances of its VM: one for those who come,
 * one for what its agent says. While it owes they wait (pace.h).
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

/* Connections of one guest, the agent's included: two turns of the listener, so that one that
 * speaks at once is heard before it has to give way. */
#define CONTROL_PEERS_MAX 32
#define CONTROL_HELLO_TIMEOUT_MS 5000 /* from accept to HELLO */

/* Those who come: an agent that is started again and again does not come near this. */
#define CONTROL_ARRIVALS_RATE 2000 /* connections a second, */
#define CONTROL_ARRIVALS_BURST 500
#define CONTROL_HELLO_COST 50 /* connections: everybody who follows the VM is told of each */
/* What the agent says. Ours says 200 lines a second at most, 1000 at once, and little else. */
#define CONTROL_MESSAGES_RATE 500 /* a second, */
#define CONTROL_MESSAGES_BURST 4000
#define CONTROL_BYTES_RATE (256 * 1024)
#define CONTROL_BYTES_BURST (2 * 1024 * 1024)
/* Changes of the number of programs that are told in a second; of those between only the last. */
#define CONTROL_ACTIVITY_RATE 10
#define CONTROL_ACTIVITY_BURST 2

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
/* The memory is freed when the loop has run out. */
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
