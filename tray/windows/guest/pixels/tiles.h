/*
 * What differs between the picture that is shown and the next one, found tile by tile: pixels, or
 * one colour. Tiles of a kind beside and below each other are one piece.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_TILES_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_TILES_H

#include <stdbool.h>

#include "tray/windows/guest/pixels/pieces.h"

#define TILE_WIDTH 32
#define TILE_HEIGHT 8

/* Adds to pieces what makes shown equal to next inside area, which lies in both, and makes it so.
 * whole: nothing of shown is known, so all of area is added. As pieces_add(); shown is not to be
 * relied on after an error. */
int tiles_compare(const struct picture *shown, const struct picture *next, const struct area *area,
	bool whole, struct pieces *pieces);

#endif
