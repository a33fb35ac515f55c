/* The broker as a program: options, lock, signals. */
#ifndef VMSILO_BROKER_BROKER_MAIN_H
#define VMSILO_BROKER_BROKER_MAIN_H

#include "host-broker/monitor/monitor.h"

/* monitors: the back ends that a configuration may name, NULL-terminated. sys: where the host's USB
 * devices are listed, "/sys" or a test's copy. Returns an exit code: 0; 1 when it could not run; 2
 * for wrong usage; 3 when another broker runs already. */
int broker_main(int argc, char **argv, const struct monitor_ops *const *monitors, const char *sys);

#endif
