/* What an image's manifest.json says of its files: their SHA-256. Pure. */
#ifndef VMSILO_BROKER_IMAGE_MANIFEST_H
#define VMSILO_BROKER_IMAGE_MANIFEST_H

#include <stddef.h>

#define MANIFEST_MAX (1024 * 1024) /* bytes */
#define SUM_SIZE 65                /* 64 digits in lower case */

/* UV_EINVAL when the text is no manifest, UV_ENOENT when it does not name the file. */
int manifest_sum(const char *text, size_t length, const char *file, char ret[SUM_SIZE]);

#endif
