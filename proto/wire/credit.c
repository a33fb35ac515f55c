#include "proto/wire/credit.h"

#include <uv.h>

#include "proto/limits.h"

void credit_sender_init(struct credit_sender *sender)
{
	sender->available = SESSION_WINDOW;
}

uint32_t credit_sender_take(struct credit_sender *sender, uint32_t wanted)
{
	uint32_t taken = wanted < sender->available ? wanted : sender->available;

	sender->available -= taken;
	return taken;
}

int credit_sender_add(struct credit_sender *sender, uint32_t bytes)
{
	if (bytes == 0 || bytes > SESSION_WINDOW - sender->available)
		return UV_EPROTO;
	sender->available += bytes;
	return 0;
}

void credit_receiver_init(struct credit_receiver *receiver)
{
	*receiver = (struct credit_receiver){.available = SESSION_WINDOW};
}

int credit_receiver_take(struct credit_receiver *receiver, uint32_t bytes)
{
	if (bytes > receiver->available)
		return UV_EPROTO;
	receiver->available -= bytes;
	return 0;
}

uint32_t credit_receiver_consume(struct credit_receiver *receiver, uint32_t bytes)
{
	receiver->consumed += bytes;
	if (receiver->consumed < SESSION_WINDOW / 2)
		return 0;

	uint32_t granted = receiver->consumed;
	receiver->available += granted;
	receiver->consumed = 0;
	return granted;
}
