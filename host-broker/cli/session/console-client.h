/*
 * The user's terminal on a VM's serial console, until ^] or the VM's end. What comes passes
 * terminal-filter: what was printed before with its colours alone, what is printed as a screen.
 */
#ifndef VMSILO_BROKER_CLI_SESSION_CONSOLE_CLIENT_H
#define VMSILO_BROKER_CLI_SESSION_CONSOLE_CLIENT_H

#include <stdbool.h>

#define CONSOLE_DETACH 0x1d /* ^], as telnet and virsh have it */

struct console_request {
	const char *vm;
	bool watch; /* does not type */
	bool take;  /* types in another's place */
};

/* Returns an exit code. */
int console_run(const struct console_request *request);

#endif
