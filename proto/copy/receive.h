/*
 * A copy's receiver: makes what the sender sends (proto/copy/record.h), in a folder of its own
 * until all has come (proto/copy/destination.h). The sender may be hostile: proto/copy/rules.h
 * judges each record before it means anything, names are single ones in folders that we made and
 * hold open, and every opening is an openat2(2) that can neither follow a link nor leave that
 * folder. Where the kernel has Landlock, a process that only receives can write nowhere else at
 * all.
 *
 * Permissions, but for those that the process's umask takes away, and times of modification are
 * kept; owners, set-user-id, set-group-id and sticky bits are not. A folder gets its own when all
 * in it has come. Before the items are put in place the file system is synced once: what has its
 * name is whole, also after a power cut, and what could not be written is told.
 */
#ifndef VMSILO_PROTO_COPY_RECEIVE_H
#define VMSILO_PROTO_COPY_RECEIVE_H

#include "proto/base/error.h"
#include "proto/copy/budget.h"
#include "proto/copy/destination.h"
#include "proto/copy/record.h"

struct copy_receive_options {
	int in_fd;
	int out_fd;
	/* Opened and staged already, and then the caller finishes it; or initialised only, and path
	 * is where. */
	struct copy_destination *destination;
	const char *path;
	/* What the items are called: the sender's own names for them mean nothing then. NULL: by
	 * these. */
	const char *const *names;
	size_t names_count;
	struct copy_limits limits;
	bool confine; /* the process, which does nothing else, to the folder: proto/copy/confine.h
		       */
	bool tell_counts; /* to the sender, now and then */
	const char *peer; /* the sender, for messages: "the host" */
	/* Now and then. May be NULL. */
	void (*on_counts)(void *data, const struct copy_counts *counts);
	void *data;
};

/* 0 when all is in its place; or an error, UV_EOF when the sender went away, and then nothing is
 * there but the staging folder, until the destination is finished. */
int copy_receive(
	const struct copy_receive_options *options, struct copy_counts *ret, struct error *error);

#endif
