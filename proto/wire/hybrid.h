/*
 * The CONNECT / OK lines of the hybrid convention, both roles, fed byte by byte. Pure.
 */
#ifndef VMSILO_PROTO_WIRE_HYBRID_H
#define VMSILO_PROTO_WIRE_HYBRID_H

#include <stddef.h>
#include <stdint.h>

#define HYBRID_LINE_MAX 32 /* bytes with the newline; the limit of cloud-hypervisor */

/* "CONNECT <port>\n". Returns its length. */
size_t hybrid_format_connect(char out[HYBRID_LINE_MAX], uint32_t port);
/* "OK <port>\n". */
size_t hybrid_format_ok(char out[HYBRID_LINE_MAX], uint32_t port);

/*
 * Look for one whole line at the start of bytes. Return its length with the newline and the number
 * in *ret_port; 0 when the newline has not come yet; UV_EPROTO for anything else (longer than
 * HYBRID_LINE_MAX, not a decimal 32-bit number). What follows the newline belongs to the stream.
 * The keyword of CONNECT is matched without case.
 */
int hybrid_parse_connect(const char *bytes, size_t length, uint32_t *ret_port);
int hybrid_parse_ok(const char *bytes, size_t length, uint32_t *ret_port);

#endif
