/*
 * The agent's end of the control channel: dials the host, says hello, takes grants, and dials again
 * when the broker went away.
 *
 *   WAITING --timer--> DIALLING --connected--> GREETING --HELLO--> CONNECTED
 *      ^                  |                        |                   |
 *      `------------------+---- failed, REJECT ----+---- ended --------'
 */
#ifndef VMSILO_AGENT_CONTROL_H
#define VMSILO_AGENT_CONTROL_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "proto/control.pb-c.h"
#include "proto/wire/address.h"

#define CONTROL_BACKOFF_FIRST_MS 10
#define CONTROL_BACKOFF_MAX_MS 1000
#define CONTROL_DIAL_TIMEOUT_MS 10000

struct control_callbacks {
	/* Return 0, or a negative UV_E* to end the channel. */
	int (*on_grant)(void *data, const struct grant *grant);
	void (*on_shutdown)(void *data, uint32_t grace_ms);
	void (*on_report_wanted)(void *data, bool pressure);
	/* Checked. Returns by how many ms the clock was stepped. */
	int64_t (*on_clock)(void *data, const Vmsilo__Control__Clock *clock);
	/* How many programs run that sessions left behind when they ended. */
	uint32_t (*left_programs)(void *data);
	/* The broker went away. */
	void (*on_lost)(void *data);
	/* Anything else that a broker may say, unpacked. UV_EPROTO for what nobody here takes. */
	int (*on_message)(void *data, uint16_t type, const ProtobufCMessage *message);
};

struct control;

/* host: whose PORT_CONTROL is dialled; borrowed for life. features: what is offered. */
int control_create(uv_loop_t *loop, const struct endpoint *host, uint64_t features,
	const struct control_callbacks *callbacks, void *data, struct control **ret);
/* Told to the broker now, or when one is there. */
void control_activity(struct control *control, unsigned int sessions, unsigned int windowed);
/* Dropped when no broker is there. */
void control_report(struct control *control, const Vmsilo__Control__Report *report);
/* Says a message, if a broker is there. UV_ENOTCONN otherwise. */
int control_tell(struct control *control, uint16_t type, const ProtobufCMessage *message);

#endif
