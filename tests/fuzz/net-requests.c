/* Covers host-broker/net/requests.c, state.c, rules/ and host-broker/network/wire.c: a
 * broker's requests, one after the other, as packets of any content. Leaves out: the kernel
 * (net/matrix), the socket. */
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
