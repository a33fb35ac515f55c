/* Bytes that several hold. */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_BLOB_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_BLOB_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"

struct blob {
	unsigned int holders;
	size_t length;
	uint8_t bytes[];
};

/* A copy, held once; NULL: no memory. */
struct blob *blob_create(const void *bytes, size_t length);
struct blob *blob_hold(struct blob *blob);
/* NULL is allowed. */
void blob_release(struct blob *blob);

#endif
