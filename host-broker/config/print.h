/*
 * A VM's configuration as a file that says the same, all of it, in JSON, which is YAML: for the
 * record of a running VM, so that a later broker knows how it was started, and for whom it is,
 * whatever the configuration says then. Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_PRINT_H
#define VMSILO_BROKER_CONFIG_PRINT_H

#include "host-broker/config/config.h"

/* The caller's, free(); NULL when memory is short. For config_parse(). */
char *vm_config_print(const struct vm_config *vm);

#endif
