/* Sizes and times as people write them. Pure. */
#ifndef VMSILO_BROKER_CONFIG_VALUE_UNITS_H
#define VMSILO_BROKER_CONFIG_VALUE_UNITS_H

#include <stdint.h>

/* "256M", "2G", "65536K", "1073741824" (bytes); factors of 1024. UV_EINVAL for anything else. */
int units_parse_size(const char *text, uint64_t *ret_bytes);
/* "500ms", "60s", "10m", "1h"; a bare number is seconds. UV_EINVAL for anything else, and for more
 * than 24 h. */
int units_parse_time(const char *text, uint32_t *ret_ms);
/* Decimal digits alone, up to max: no sign, no fraction, no 0x, and no leading zero, which some
 * read as octal. UV_EINVAL for anything else. */
int units_parse_number(const char *text, uint32_t max, uint32_t *ret);

#endif
