/* The broker's requests, one packet each, and the answers. */
#ifndef VMSILO_BROKER_NET_REQUESTS_H
#define VMSILO_BROKER_NET_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

struct refused;
struct state;

struct answer {
	uint8_t *packet; /* freed by answer_finish() */
	size_t length;
	int fd; /* goes with it, and is closed by answer_finish(); -1: none */
};

/* 0; or UV_EPROTO, UV_ENOMEM: the connection cannot go on, and ret is empty. */
int requests_handle(
	struct state *state, const uint8_t *untrusted_packet, size_t length, struct answer *ret);
/* Not an answer: that somebody asks for a VM. 0 or UV_ENOMEM. */
int requests_knock(const char *vm, struct answer *ret);
/* Likewise: that it was refused something. */
int requests_refused(const struct refused *refused, struct answer *ret);
void answer_finish(struct answer *answer);

#endif
