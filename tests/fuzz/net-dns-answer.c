/*
 * An answer of DNS, of any content.
 *
 * Covers: host-broker/net/dns/answer.c
 * Leaves out: the socket (net/resolvers)
 */
#include <stdlib.h>
#include <string.h>

#include "host-broker/net/dns/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_answer answer;
	uint8_t *stripped = malloc(size + 1);

	if (!stripped)
		return 0;
	if (size > 0)
		memcpy(stripped, data, size);
	size_t length = dns_answer_strip6(stripped, size);
	if (length > size || (length < size && dns_answer_parse(stripped, length, &answer)))
		abort();
	free(stripped);
	if (!dns_answer_parse(data, size, &answer))
		return 0;
	if (answer.count == 0 || answer.count > DNS_ADDRESSES_MAX ||
		!memchr(answer.name, '\0', sizeof(answer.name)))
		abort();
	for (size_t i = 0; i < answer.count; i++)
		if (answer.addresses[i].family != AF_INET && answer.addresses[i].family != AF_INET6)
			abort();
	return 0;
}
