/*
 * The rooms of the broker that add parts to the starts of VMs (struct part_source in
 * host-broker/vm/launch.h). A new one is a member here, and one place in sources_create() and
 * sources_destroy().
 */
#ifndef VMSILO_BROKER_SOURCES_H
#define VMSILO_BROKER_SOURCES_H

#include "host-broker/shares/part.h"
#include "host-broker/vm/launch.h"

#define SOURCES_MAX 8

struct network;
struct storage;

/* Programs that parts run: paths, borrowed for life. */
struct sources_programs {
	const char *mkfs;
	const char *share_sandbox;
	const char *net; /* vmsilo-net */
};

struct sources {
	struct part_source list[SOURCES_MAX + 1]; /* ends with one without add() */
	size_t count;
	struct storage *storage;
	struct shares_options shares;
};

/* After the watchers, before the VMs. Sets environment->sources: ours, and those that are there.
 * Destroyed also when it fails. */
int sources_create(struct sources *sources, struct vm_environment *environment,
	struct network *network, const struct sources_programs *programs);
/* After the VMs have ended. */
void sources_destroy(struct sources *sources);

#endif
