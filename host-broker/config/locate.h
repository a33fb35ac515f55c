/* In which line of a YAML text a VM's key stands. Pure; for messages. */
#ifndef VMSILO_BROKER_CONFIG_LOCATE_H
#define VMSILO_BROKER_CONFIG_LOCATE_H

#include <stddef.h>

/* Line (from 1) of key in entry index of the sequence "vms", of the entry itself when key is NULL
 * or not there; 0 when there is no such entry. */
unsigned int config_locate(const char *text, size_t length, size_t index, const char *key);

#endif
