/*
 * Version and feature negotiation, the same on every stream. The dialler's HELLO carries the
 * versions it speaks and its features; the other answers HELLO with exactly one version and the
 * common features, or REJECT with a sentence that names both sides' versions and what to do. Here
 * alone a HELLO is made, answered and judged. Pure.
 *
 * software is "vmsilo-agent 0.1.0", and is borrowed by the message, as a token is.
 */
#ifndef VMSILO_PROTO_WIRE_HELLO_H
#define VMSILO_PROTO_WIRE_HELLO_H

#include <stdint.h>

#include "proto/base/error.h"
#include "proto/common.pb-c.h"
#include "proto/wire/token.h"

#define PROTOCOL_VERSION_MIN 1
#define PROTOCOL_VERSION_MAX 1

/* Feature bits; a bit once given is never given to something else. */
#define FEATURE_PROBE UINT64_C(1)    /* sessions: an agent answers PROBE */
#define FEATURE_SETUP UINT64_C(2)    /* control channel: an agent takes SETUP */
#define FEATURE_NETWORK UINT64_C(4)  /* likewise NETWORK */
#define FEATURE_NETVM UINT64_C(8)    /* likewise NETWORK.masquerade */
#define FEATURE_WINDOWS UINT64_C(16) /* control channel: the guest has vmsilo-guest-windows */
#define PROTOCOL_FEATURES \
	(FEATURE_PROBE | FEATURE_SETUP | FEATURE_NETWORK | FEATURE_NETVM | FEATURE_WINDOWS)

/* What a dialler says first. token: the grant's, on a stream that one was granted for; NULL. */
void hello_offer(Vmsilo__Hello *ret, const char *software, const struct token *token);
/* The answer to a peer's offer: the highest common version (in both of its version fields) and the
 * common features. UV_EPROTONOSUPPORT and a sentence in error when there is none; who is "agent",
 * "client" or "broker", the peer's role. */
int hello_answer(const Vmsilo__Hello *untrusted_offer, const char *who, const char *software,
	Vmsilo__Hello *ret, struct error *error);
/* Checks the answer to our own offer. UV_EPROTO for what we did not offer. */
int hello_accept(const Vmsilo__Hello *untrusted_answer, const char *who, struct error *error);

#endif
