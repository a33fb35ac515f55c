/* Says on a session stream what is to be run. */
#ifndef VMSILO_BROKER_CLI_SESSION_OPEN_H
#define VMSILO_BROKER_CLI_SESSION_OPEN_H

#include "host-broker/cli/session/client.h"
#include "proto/io/channel.h"

/* UV_E2BIG or UV_EMSGSIZE: the command or its environment is too long; else channel_send()'s. */
int session_open_send(struct channel *channel, const struct session_request *request);

#endif
