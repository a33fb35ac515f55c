/*
 * Version and feature negotiation, the same on every stream. The dialler's HELLO carries the
 * versions it speaks and its features; the other answers HELLO with exactly one version and the
 * common features, or REJECT with a sentence that names both sides' versions and what to do. Pure.
 */
#ifndef VMSILO_PROTO_WIRE_HELLO_H
#define VMSILO_PROTO_WIRE_HELLO_H

#include <stdint.h>

#include "proto/base/error.h"

#define PROTOCOL_VERSION_MIN 1
#define PROTOCOL_VERSION_MAX 1

/* Feature bits; a bit once given is never given to something else. */
#define FEATURE_PROBE UINT64_C(1) /* sessions: an agent answers PROBE */
#define PROTOCOL_FEATURES FEATURE_PROBE

struct hello {
	uint32_t version_min;
	uint32_t version_max;
	uint64_t features;
};

/* Answer to peer's offer: the highest common version (in both of ret's version fields) and the
 * common features. UV_EPROTONOSUPPORT and a sentence in error when there is none; who is "agent",
 * "client" or "broker", the peer's role. */
int hello_negotiate(
	const struct hello *peer, const char *who, struct hello *ret, struct error *error);
/* Checks the answer to our own offer. Same errors, and UV_EPROTO for a version we did not offer. */
int hello_accept(const struct hello *answer, const char *who, struct error *error);

#endif
