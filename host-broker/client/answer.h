/* A failure as the broker tells it to a client. */
#ifndef VMSILO_BROKER_CLIENT_ANSWER_H
#define VMSILO_BROKER_CLIENT_ANSWER_H

#include "host-broker/vm/waiters.h"
#include "proto/io/channel.h"

/* vm: that the request named, "" for none: for a failure without a text, which gets one. Returns
 * what channel_send() returns. */
int answer_failure(struct channel *channel, const char *vm, const struct failure *failure);

#endif
