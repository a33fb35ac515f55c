/*
 * What a copy may take of the receiver's disk. The sender may be hostile: whatever it sends, the
 * copy ends while there is room left for others, and within the limits that the user gave.
 *
 * - at most so many bytes and so many files, folders and links: copy_limits;
 * - a tenth of what was free when the copy began stays free, bytes and inodes alike, whatever else
 * takes the rest: several copies at once fill no disk either. A hole takes no room and does not
 * count.
 */
#ifndef VMSILO_PROTO_COPY_BUDGET_H
#define VMSILO_PROTO_COPY_BUDGET_H

#include <stdint.h>

struct copy_limits {
	uint64_t bytes;   /* 0: no bound, and nothing is kept free */
	uint64_t entries; /* files, folders and links; 0 likewise */
};

struct copy_budget {
	struct copy_limits left;
	int fd; /* in the file system; borrowed; -1: nothing is kept free */
	uint64_t bytes_floor, inodes_floor;
	uint64_t bytes_step, entries_step; /* may come before the file system is asked again */
	uint64_t bytes_seen, entries_seen; /* since then */
};

void copy_budget_init(struct copy_budget *budget, const struct copy_limits *limits, int fd);
/* So much is about to be written, or one entry to be made. NULL; or what is wrong, for a sentence
 * that begins with the sender's name. */
const char *copy_budget_take_bytes(struct copy_budget *budget, uint64_t bytes);
const char *copy_budget_take_entry(struct copy_budget *budget);

#endif
