/*
 * A broker's requests, one after the other, as packets of any content.
 *
 * Covers: host-broker/net/requests.c host-broker/net/state.c host-broker/network/wire.c
 * Covers: host-broker/net/rules/rules.c host-broker/net/rules/flow.c host-broker/net/rules/bound.c
 * Covers: host-broker/net/rules/neighbours.c
 * Leaves out: the kernel (net/matrix), the socket.
 * Leaves out: Slow: each change makes the rules of all VMs anew
 */
#include <stdlib.h>

#include "host-broker/net/requests.h"
#include "host-broker/net/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each packet has its length before it, two bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct state state;
	struct answer answer;

	state_init(&state, &(const struct state_kernel){.directory = -1});
	while (size >= 2) {
		size_t length = (size_t)data[0] | (size_t)data[1] << 8;
		if (length > size - 2)
			length = size - 2;
		if (requests_handle(&state, data + 2, length, &answer) == 0)
			answer_finish(&answer);
		data += 2 + length;
		size -= 2 + length;
	}
	state_finish(&state);
	return 0;
}
