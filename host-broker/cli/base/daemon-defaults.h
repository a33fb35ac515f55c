/* What a broker must not have of the client that happened to start it: it outlives that, and its
 * VMs would have it, too. */
#ifndef VMSILO_BROKER_CLI_BASE_DAEMON_DEFAULTS_H
#define VMSILO_BROKER_CLI_BASE_DAEMON_DEFAULTS_H

/*
 * Signals that are ignored or blocked, the umask, soft limits of time and size, nice value,
 * scheduling and I/O class, processors, and how readily it is killed for memory: all as in a new
 * login, as far as the user may set them back. What he may not (a nice value, a hard limit) stays.
 * For the child between fork and exec.
 */
void daemon_defaults(void);

#endif
