/* Pictures as PNG: as dbusmenu wants the icons of a menu, and as files. */
#ifndef VMSILO_TRAY_PICTURES_PICTURE_PNG_H
#define VMSILO_TRAY_PICTURES_PICTURE_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "tray/model/picture.h"

/* *ret is the caller's: free(). UV_ENOMEM. */
int picture_to_png(const struct picture *picture, uint8_t **ret, size_t *ret_length);
/* Of at most side_max by side_max. UV_EINVAL: it is none, or larger. UV_ENOMEM. */
int picture_from_png(const uint8_t *png, size_t length, uint32_t side_max, struct picture *ret);
/* Straight bytes R, G, B, A; the caller's: free(). NULL: no memory. */
uint8_t *picture_to_rgba(const struct picture *picture);

#endif
