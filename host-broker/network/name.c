#include <stdio.h>
#include <string.h>

#include "host-broker/network/attachment.h"

#define HASH_DIGITS 8
#define PREFIX 2 /* bytes: side and kind */

/* FNV-1a, 64 bits: enough to tell names of an administrator's own apart, and the same everywhere
 * and always, as a TAP's name and a MAC address must be. */
static uint64_t hash(const char *text, enum net_side side)
{
	uint64_t value = UINT64_C(0xcbf29ce484222325) ^ (uint64_t)side;

	for (; *text; text++)
		value = (value ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
	/* Its upper bits depend on all of a short text as well. */
	value ^= value >> 32;
	return value * UINT64_C(0x9e3779b97f4a7c15);
}

void net_tap_name(const char *vm, enum net_side side, char ret[IFNAMSIZ])
{
	char letter = side == NET_UP ? 'u' : 'd';
	unsigned int begin = IFNAMSIZ - 1 - PREFIX - HASH_DIGITS;

	/* '.' is in no VM's name: a shortened one is never another's whole one. */
	if (strlen(vm) <= IFNAMSIZ - 1 - PREFIX)
		snprintf(ret, IFNAMSIZ, "%c-%s", letter, vm);
	else
		snprintf(ret, IFNAMSIZ, "%c.%.*s%08x", letter, (int)begin, vm,
			(unsigned int)(hash(vm, side) >> 32));
}

void net_mac(const char *vm, enum net_side side, uint8_t ret[6])
{
	uint64_t value = hash(vm, side);

	for (size_t i = 0; i < 6; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	ret[0] = (uint8_t)((ret[0] & ~0x01u) | 0x02u);
}
