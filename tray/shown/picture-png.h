/* Pictures as PNG, which dbusmenu wants for the icons of a menu. */
#ifndef VMSILO_TRAY_SHOWN_PICTURE_PNG_H
#define VMSILO_TRAY_SHOWN_PICTURE_PNG_H

#include <stddef.h>
#include <stdint.h>

#include "tray/model/picture.h"

/* *ret is the caller's: free(). UV_ENOMEM. */
int picture_to_png(const struct picture *picture, uint8_t **ret, size_t *ret_length);
/* Straight bytes R, G, B, A; the caller's: free(). NULL: no memory. */
uint8_t *picture_to_rgba(const struct picture *picture);

#endif
