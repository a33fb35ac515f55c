/*
 * Where a copy goes: the folder that the user named, and within it, until all has come, a folder of
 * its own that nobody else can enter.
 *
 *   FOLDER/.vm-copy-XXXXXX/0, 1, ...   the items as they come, by number
 *   FOLDER/NAME                        each, moved there at the end
 *
 * Nothing that is in FOLDER is touched before the end, and nothing in it is replaced unless that
 * was asked for: then a file takes the place of a file. Folders are never merged and never
 * replaced. The items are put in place one by one; when one of them cannot be, those before it are
 * taken back.
 */
#ifndef VMSILO_PROTO_COPY_DESTINATION_H
#define VMSILO_PROTO_COPY_DESTINATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/base/error.h"

/* What becomes of an item whose name is there already. */
enum copy_existing {
	COPY_EXISTING_REFUSE, /* the whole copy, before anything is written */
	COPY_EXISTING_REPLACE,
	COPY_EXISTING_SKIP, /* that item */
};

struct copy_destination {
	enum copy_existing existing;
	int folder_fd;       /* -1: not open */
	char *name;          /* of the only item; NULL: it keeps its own */
	bool must_be_folder; /* the item, as its name was given with a slash behind it */
	int staging_fd;      /* -1: none */
	char staging[16];
};

/* What was put in place, to take it back. */
struct copy_placed {
	uint32_t number;
	const char *name; /* borrowed */
	bool placed;
	bool replaced; /* what was there is in the staging folder, by that number */
};

void copy_destination_init(struct copy_destination *destination, enum copy_existing existing);
/*
 * Finds the folder for so many items: path itself; or, for one item, when path is not there or is
 * no folder, the folder above, and path's last part as the item's name.
 */
int copy_destination_open(
	struct copy_destination *destination, const char *path, size_t items, struct error *error);
/* Closes, and removes the staging folder with all that is in it. */
void copy_destination_finish(struct copy_destination *destination);

/* The name that an item will have. */
const char *copy_destination_name(const struct copy_destination *destination, const char *name);
/* Whether an item is wanted: 1; 0: it is there already, and is skipped; or an error. */
int copy_destination_choose(const struct copy_destination *destination, const char *name,
	bool is_folder, struct error *error);

/* Once more when another process has removed the last. */
int copy_destination_stage(struct copy_destination *destination, struct error *error);
/* Puts items in place, all or none. */
int copy_destination_place(struct copy_destination *destination, struct copy_placed *items,
	size_t count, struct error *error);

#endif
