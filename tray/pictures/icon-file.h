/* Pictures from image files in the guest: any format that gdk-pixbuf knows, shrunk to a side. */
#ifndef VMSILO_TRAY_PICTURES_ICON_FILE_H
#define VMSILO_TRAY_PICTURES_ICON_FILE_H

#include <stddef.h>

#include "tray/model/picture.h"

/* Both leave an empty picture, and return UV_EINVAL, when there is none to be had. */
int icon_file_load(const char *path, uint32_t side, struct picture *ret);
int icon_bytes_load(const uint8_t *bytes, size_t length, uint32_t side, struct picture *ret);
/* Rows of R, G, B or R, G, B, A with padding, as notifications carry them. */
int icon_rows_load(const uint8_t *bytes, size_t length, int64_t width, int64_t height,
	int64_t stride, bool alpha, uint32_t side, struct picture *ret);

#endif
