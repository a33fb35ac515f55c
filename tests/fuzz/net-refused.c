/*
 * The begin of a packet that a guest sent.
 *
 * Covers: host-broker/net/refused/packet.c
 * Leaves out: the kernel's log (net/matrix)
 */
#include <stdlib.h>

#include "host-broker/net/refused/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct refused_packet packet;

	if (refused_packet_parse(data, size, &packet) && packet.to.family != AF_INET &&
		packet.to.family != AF_INET6)
		abort();
	return 0;
}
