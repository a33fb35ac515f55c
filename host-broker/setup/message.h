/* What a guest is to be like, as the configuration and the host say it: the message SETUP. */
#ifndef VMSILO_BROKER_SETUP_MESSAGE_H
#define VMSILO_BROKER_SETUP_MESSAGE_H

#include "host-broker/config/config.h"
#include "host-broker/setup/host.h"
#include "host-broker/setup/mounts.h"
#include "proto/control.pb-c.h"

/* A message with its parts; the strings in it are borrowed, or its own. */
struct setup_message {
	Vmsilo__Control__Setup setup;
	Vmsilo__Control__Keyboard keyboard;
	Vmsilo__Control__User user;
	struct setup_host host;
	struct setup_mounts mounts;
	char host_name[VM_NAME_MAX + 1];
	char time_zone_rule[SETUP_NAME_MAX + 1];
};

/* ran: what it was started with, which says what devices it has. host: see host.h. Borrows from
 * them. ret must not be moved. zones: HOST_ZONES. */
void setup_message_make(const struct vm_config *vm, const struct vm_config *ran,
	const struct setup_host *host, const char *zones, struct setup_message *ret);

#endif
