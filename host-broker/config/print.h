/*
 * A VM's configuration as a file that says the same, in JSON, which is YAML: for the record of a
 * running VM, so that a later broker knows how it was started, whatever the configuration says
 * then. It has what a running VM needs, and not for whom it is: without `access:` it is its
 * owner's. Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_PRINT_H
#define VMSILO_BROKER_CONFIG_PRINT_H

#include "host-broker/config/config.h"

/* The caller's, free(); NULL when memory is short. For config_parse(). */
char *vm_config_print(const struct vm_config *vm);

#endif
