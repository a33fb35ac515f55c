/* Reasons as the protocol tells them. */
#ifndef VMSILO_BROKER_CLIENT_REASON_MESSAGE_H
#define VMSILO_BROKER_CLIENT_REASON_MESSAGE_H

#include "host-broker/idle/reason.h"
#include "proto/broker.pb-c.h"

struct reason_messages {
	Vmsilo__Broker__Reason items[REASONS_MAX];
	Vmsilo__Broker__Reason *pointers[REASONS_MAX];
};

/* Borrows the texts of reasons. */
void reason_messages_fill(struct reason_messages *messages, const struct reasons *reasons);

#endif
