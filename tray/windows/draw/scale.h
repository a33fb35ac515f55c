/*
 * A compositor's logical pixels and those of the screen, at a scale in 120ths. A picture is shown
 * as it is, pixel by pixel, only where its size is a whole number of logical pixels: at 1.5 these
 * are multiples of 2, at 1.25 of 4. Pure.
 */
#ifndef VMSILO_TRAY_WINDOWS_DRAW_SCALE_H
#define VMSILO_TRAY_WINDOWS_DRAW_SCALE_H

#include <stdint.h>

/* The nearest. */
int32_t scale_to_physical(int32_t logical, uint32_t scale);
int32_t scale_to_logical(int32_t physical, uint32_t scale);
/* The nearest, of 256ths of a pixel. */
int32_t scale_fixed(int32_t logical_256, uint32_t scale);
/* So many logical pixels, and multiples of them, are whole physical ones. */
int32_t scale_multiple(uint32_t scale);
/* The largest such size that is not larger. */
int32_t scale_floor(int32_t logical, uint32_t scale);
/* The smallest such size that so many physical pixels fit in. */
int32_t scale_hold(int32_t physical, uint32_t scale);
/* The scale of an output whose mode is so wide and whose logical width is that, both above 0;
 * compositors round the latter. rounded: the scale as wl_output says it, rounded up. It alone is
 * true where mutter lays outputs out in physical pixels, as it does unless told otherwise, and says
 * those for logical ones. */
uint32_t scale_of_widths(int32_t mode, int32_t logical, int32_t rounded);

#endif
