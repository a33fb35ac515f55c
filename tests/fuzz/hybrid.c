/*
 * The lines of the hybrid convention: what is taken is a line, and says the number that it says.
 *
 * Covers: proto/wire/hybrid.c
 * Leaves out: the sockets (targets vsock-packets, control)
 */
#include "proto/wire/hybrid.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void line_check(const char *bytes, size_t size, int length)
{
	if (length > HYBRID_LINE_MAX || (length > 0 && (size_t)length > size))
		abort();
	if (length > 0 && (bytes[length - 1] != '\n' || memchr(bytes, '\n', (size_t)length - 1)))
		abort();
	/* More is waited for only while a line could still come. */
	if (length == 0 && (size >= HYBRID_LINE_MAX || memchr(bytes, '\n', size)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	char again[HYBRID_LINE_MAX];
	uint32_t port;
	uint32_t port_again;
	int length = size > 0 ? hybrid_parse_connect(bytes, size, &port) : 0;

	if (size == 0)
		return 0;
	line_check(bytes, size, length);
	if (length > 0) {
		size_t formatted = hybrid_format_connect(again, port);
		if (hybrid_parse_connect(again, formatted, &port_again) != (int)formatted ||
			port_again != port)
			abort();
	}
	line_check(bytes, size, hybrid_parse_ok(bytes, size, &port));
	return 0;
}
