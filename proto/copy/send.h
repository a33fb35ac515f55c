/*
 * A copy's sender: walks what was named and sends it (proto/copy/record.h).
 *
 * A named link is followed, as the user meant what it leads to; below, links are sent as links
 * unless they are to be followed. A file is sent up to its end, wherever that is by then; one that
 * shrinks while it is sent ends the copy. Holes are sent as holes. What vanished before it was
 * opened was never there.
 */
#ifndef VMSILO_PROTO_COPY_SEND_H
#define VMSILO_PROTO_COPY_SEND_H

#include <stdbool.h>
#include <stddef.h>

#include "proto/base/error.h"
#include "proto/copy/record.h"

struct copy_source {
	const char *path; /* borrowed */
	char name[COPY_NAME_MAX + 1];
	bool is_folder;
};

/* What path is, and what it will be called: its last part, or for one that ends in "." or "..", the
 * folder's real name. Fails for what cannot be sent. */
int copy_source_find(const char *path, struct copy_source *ret, struct error *error);

struct copy_send_options {
	int in_fd;
	int out_fd;
	const struct copy_source *sources;
	size_t sources_count;
	bool follow;      /* links, below what was named */
	bool skip;        /* leave out what cannot be sent, instead of ending the copy */
	const char *peer; /* the receiver, for messages: "the host" */
	/* What the receiver says that it has. May be NULL. */
	void (*on_counts)(void *data, const struct copy_counts *counts);
	void *data;
};

/* 0 when the receiver has all in its place; or an error, UV_EOF when the receiver went away. */
int copy_send(
	const struct copy_send_options *options, struct copy_counts *ret, struct error *error);
/* Nothing can be sent at all: tells the receiver why. */
void copy_send_refusal(int out_fd, const struct error *error);

#endif
