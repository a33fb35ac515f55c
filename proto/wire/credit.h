/*
 * Credit of one stream in one direction: the reader grants bytes, the writer takes them. Pure.
 *
 * Both ends start with SESSION_WINDOW. The writer keeps a credit_sender, the reader a
 * credit_receiver.
 */
#ifndef VMSILO_PROTO_WIRE_CREDIT_H
#define VMSILO_PROTO_WIRE_CREDIT_H

#include <stdint.h>

struct credit_sender {
	uint32_t available; /* bytes that may still be sent */
};

struct credit_receiver {
	uint32_t available; /* bytes that the peer may still send */
	uint32_t consumed;  /* bytes taken by the reader and not granted again yet */
};

void credit_sender_init(struct credit_sender *sender);
/* How many of wanted bytes may go now. */
uint32_t credit_sender_take(struct credit_sender *sender, uint32_t wanted);
/* A CREDIT frame came. UV_EPROTO when it is 0 or would raise the window above SESSION_WINDOW. */
int credit_sender_add(struct credit_sender *sender, uint32_t bytes);

void credit_receiver_init(struct credit_receiver *receiver);
/* A DATA frame came. UV_EPROTO when the peer had no credit for it. */
int credit_receiver_take(struct credit_receiver *receiver, uint32_t bytes);
/* The reader consumed bytes. Returns what to grant now: 0 until half a window has been consumed, so
 * that credit frames stay rare. */
uint32_t credit_receiver_consume(struct credit_receiver *receiver, uint32_t bytes);

#endif
