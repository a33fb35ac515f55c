/* Starts the user's broker, only once even if several clients try at the same moment. */
#ifndef VMSILO_BROKER_CLI_BASE_BROKER_START_H
#define VMSILO_BROKER_CLI_BASE_BROKER_START_H

#include "proto/base/error.h"
#include "proto/host/paths.h"

/* Returns a connection to a broker that was started, or that another client started meanwhile. */
int broker_start(const struct paths *paths, const char *socket_path, struct error *error);

#endif
