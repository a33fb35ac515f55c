/* Colours as the configuration names them: CSS' named colours (CSS Color 4, section 6.1) and
 * #rrggbb. Pure. */
#ifndef VMSILO_PROTO_BASE_COLOUR_H
#define VMSILO_PROTO_BASE_COLOUR_H

#include <stdint.h>

struct colour {
	uint8_t red, green, blue;
};

/* Letters of either case. UV_EINVAL for anything else. */
int colour_parse(const char *text, struct colour *ret);

#endif
