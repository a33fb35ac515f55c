/*
 * Control groups of programs (Documentation/admin-guide/cgroup-v2.rst): each has one of its own, in
 * a folder that is the agent's alone, and not the agent's or init's. The agent makes them itself,
 * since the first program runs before systemd could be asked for a scope:
 *
 *   FOLDER/agent       the agent: systemd would move it, were it in the root
 *   FOLDER/session-N   a program and what it starts, unless it is in a scope of systemd-logind's
 *
 * In a unit with Delegate=yes the folder is the unit's.
 */
#ifndef VMSILO_AGENT_PROGRAM_CGROUP_H
#define VMSILO_AGENT_PROGRAM_CGROUP_H

#include <stdbool.h>

struct cgroups {
	const char *folder; /* NULL: there are none */
	unsigned int last;  /* the number of the last program's */
	bool even;          /* the folder has no more weight than others */
};

/* folder: below a mounted cgroup2, made if it is not there; borrowed for life. NULL, or what cannot
 * be had, which is said: programs stay in the agent's group. */
void cgroups_init(struct cgroups *cgroups, const char *folder);
/* Makes one for a program. Returns a descriptor (close-on-exec) for cgroup_enter(), or -1. */
int cgroup_make(struct cgroups *cgroups);
/* This process enters it. Only write(2) is called. */
void cgroup_enter(int fd);
/* A process has ended: removes those that have none. When programs have begun, the folder has the
 * processor as all others have: only the first goes before the boot (early/weight.h). */
void cgroups_sweep(struct cgroups *cgroups);

#endif
