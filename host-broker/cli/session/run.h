/* One program in a VM, from the request to its end: what vm-run and vm-shell do with options. */
#ifndef VMSILO_BROKER_CLI_SESSION_RUN_H
#define VMSILO_BROKER_CLI_SESSION_RUN_H

#include "host-broker/cli/session/options.h"

/* Returns an exit code. */
int run(const struct run_options *options);

#endif
