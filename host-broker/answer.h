/* The broker's answers to a client, made from what it knows. */
#ifndef VMSILO_BROKER_ANSWER_H
#define VMSILO_BROKER_ANSWER_H

#include "host-broker/broker.h"
#include "host-broker/vm.h"
#include "proto/channel.h"

/* All return what channel_send() returns. */
int answer_failure(struct channel *channel, const struct failure *failure);
/* only: one VM, with its console's last lines; NULL: all of the broker's. */
int answer_list(struct channel *channel, const struct broker *broker, const struct vm *only);

#endif
