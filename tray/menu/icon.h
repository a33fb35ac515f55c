/* A program's icon with its VM's colour around it, as a PNG. */
#ifndef VMSILO_TRAY_MENU_ICON_H
#define VMSILO_TRAY_MENU_ICON_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/colour.h"

/* base64: of a PNG; "" or what is none: the square is filled with the colour. *ret is the caller's:
 * free(). UV_ENOMEM. */
int icon_marked(const char *base64, struct colour colour, uint8_t **ret, size_t *ret_length);

#endif
