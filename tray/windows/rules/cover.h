/* Which pixels of a frame that is being built have been given: one bit each, so that the whole of a
 * picture is asked for and nothing of what the memory held before is shown. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_RULES_COVER_H
#define VMSILO_TRAY_WINDOWS_RULES_COVER_H

#include <stdbool.h>
#include <stdint.h>

struct cover {
	uint32_t width, height;
	uint32_t rows;    /* so many from the top are whole; the usual order needs no bits */
	uint64_t missing; /* pixels */
	uint64_t *bits;   /* rows of whole words, from the first rectangle on that needs them */
};

void cover_init(struct cover *cover, uint32_t width, uint32_t height);
void cover_finish(struct cover *cover);
/* A rectangle inside. 0 or UV_ENOMEM. */
int cover_add(struct cover *cover, uint32_t x, uint32_t y, uint32_t width, uint32_t height);
bool cover_is_whole(const struct cover *cover);

#endif
