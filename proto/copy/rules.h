/*
 * What a copy's receiver accepts from its sender, which may be hostile; the same checks let an
 * honest sender say beforehand what would be refused. Pure.
 *
 *   NEW --BEGIN--> ITEMS --the last ITEM--> CHOOSING --copy_rules_go()--> TREE --END--> ENDED
 *
 * and in TREE: files, folders and links, each within the folder that was begun last, and at the top
 * exactly the items that were wanted. A file's DATA and HOLEs come at once behind it, up to its
 * FILE_END, and make up its size: that of a file of /proc, or of one that grows, is not known
 * before.
 *
 * What is refused:
 * - names that are empty, ".", "..", longer than 255 bytes, or with a slash, a NUL, a control
 *   character (C1 too, as UTF-8 or as the bare byte that some terminals obey) or one that changes
 *   the direction in which the rest is read: nothing can be written elsewhere, no listing of it can
 *   talk to a terminal, and a name ends as it seems to end;
 * - links whose target may lie outside of the item: absolute ones, and those that go up ("..") from
 *   further than the item's own folder or anywhere but at their beginning. What goes up first stays
 *   within real folders; what goes down afterwards meets real folders, or links of the same kind.
 *   So no chain of links leads out;
 * - folders deeper, and more entries, than any that a person has made.
 */
#ifndef VMSILO_PROTO_COPY_RULES_H
#define VMSILO_PROTO_COPY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/copy/record.h"

#define COPY_DEPTH_MAX 256         /* folders within folders: a descriptor each, of usually 1024 */
#define COPY_ENTRIES_MAX 16777216u /* files, folders and links in one copy */

enum copy_phase {
	COPY_PHASE_NEW,
	COPY_PHASE_ITEMS,
	COPY_PHASE_CHOOSING,
	COPY_PHASE_TREE,
	COPY_PHASE_ENDED,
};

struct copy_rules {
	enum copy_phase phase;
	uint32_t items_left; /* ITEMS: to be named; TREE: to be sent at the top */
	uint32_t depth;      /* folders that are open */
	uint32_t entries;
	bool in_file;
	uint64_t file_length; /* of what has come of it */
};

void copy_rules_init(struct copy_rules *rules);
/* A record came from the sender. Returns NULL, and advances; or what is wrong, for a sentence that
 * begins with "the sender". */
const char *copy_rules_feed(struct copy_rules *rules, const struct copy_record *untrusted_record);
/* CHOOSING is over: so many of the items are wanted. */
void copy_rules_go(struct copy_rules *rules, uint32_t wanted);

/* The last part of a path, without slashes behind it: what a copy of it is called, unless that is
 * not allowed (empty, for "/"). Borrowed of path. */
struct copy_span copy_name_of(const char *path);
/* A name of one file that may be made in a folder. */
bool copy_name_is_allowed(const void *untrusted_name, size_t length);
/* A link, depth folders below the top of its item's folder (0: the item's own entries), may have
 * this target. */
bool copy_link_is_allowed(const void *untrusted_target, size_t length, uint32_t depth);

#endif
