#include "tray/windows/clipboard/blob.h"

#include <stdlib.h>
#include <string.h>

struct blob *blob_create(const void *bytes, size_t length)
{
	struct blob *blob = malloc(sizeof(*blob) + length);

	if (!blob)
		return NULL;
	blob->holders = 1;
	blob->length = length;
	if (length > 0)
		memcpy(blob->bytes, bytes, length);
	return blob;
}

struct blob *blob_hold(struct blob *blob)
{
	blob->holders++;
	return blob;
}

void blob_release(struct blob *blob)
{
	if (blob && --blob->holders == 0)
		free(blob);
}
