/* What a first process does: the small image has no other init than the agent. */
#ifndef VMSILO_AGENT_INIT_H
#define VMSILO_AGENT_INIT_H

/* Mounts, kernel modules (/etc/vmsilo/modules, one path a line, in that order), host name
 * (vmsilo.name= on the kernel's command line). What fails is said on the console, and the rest is
 * done. */
void init_system(void);

#endif
