/* The broker as a program: options, lock, signals. */
#ifndef VMSILO_BROKER_BROKER_MAIN_H
#define VMSILO_BROKER_BROKER_MAIN_H

#include "host-broker/vm/launch.h"

/* What a test's broker has otherwise. */
struct broker_surroundings {
	const struct monitor_ops *const *monitors; /* that a VM may name, NULL-terminated */
	config_object_cb object;                   /* what they cannot */
	const struct part_source *sources;         /* as in vm_environment */
	const char *sys; /* where the host's USB devices are listed: "/sys" */
};

/* Returns an exit code: 0; 1 when it could not run; 2 for wrong usage; 3 when another broker runs
 * already. */
int broker_main(int argc, char **argv, const struct broker_surroundings *surroundings);

#endif
