/* A folder of a test's own, with files in it. */
#ifndef VMSILO_TESTS_SCRATCH_H
#define VMSILO_TESTS_SCRATCH_H

#include <stdbool.h>

#define SCRATCH_PATH_SIZE 256

struct scratch {
	char root[64];
	char text[64 * 1024]; /* of the file that was read last */
};

void scratch_init(struct scratch *scratch);
void scratch_finish(struct scratch *scratch);
/* Paths are below the root; folders on the way are made. */
void scratch_folder(const struct scratch *scratch, const char *path);
void scratch_write(const struct scratch *scratch, const char *path, const char *text);
void scratch_link(const struct scratch *scratch, const char *path, const char *target);
bool scratch_has(const struct scratch *scratch, const char *path);
/* "" when there is none; valid until the next. */
const char *scratch_read(struct scratch *scratch, const char *path);
const char *scratch_target(struct scratch *scratch, const char *path);

#endif
