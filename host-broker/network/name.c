#include <stdio.h>
#include <string.h>

#include "host-broker/network/attachment.h"

#define HASH_DIGITS 8

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

static char letter_of(enum net_side side)
{
	return (char)(side == NET_UP ? 'u' : side == NET_DOWN ? 'd' : 'v');
}

void net_tap_name(const char *vm, enum net_side side, char ret[IFNAMSIZ])
{
	size_t used = 0, rest;

	ret[used++] = letter_of(side);
	if (side >= NET_HOST)
		ret[used++] = (char)('0' + ((unsigned int)side - NET_HOST) % 10);
	rest = IFNAMSIZ - 1 - used - 1;
	/* '.' is in no VM's name: a shortened one is never another's whole one. */
	if (strlen(vm) <= rest)
		snprintf(ret + used, IFNAMSIZ - used, "-%.*s", (int)rest, vm);
	else
		snprintf(ret + used, IFNAMSIZ - used, ".%.*s%08x", (int)(rest - HASH_DIGITS), vm,
			(unsigned int)(hash(vm, side) >> 32));
}

void net_mac(const char *vm, enum net_side side, uint8_t ret[6])
{
	uint64_t value = hash(vm, side);

	for (size_t i = 0; i < 6; i++)
		ret[i] = (uint8_t)(value >> (56 - 8 * i));
	ret[0] = (uint8_t)((ret[0] & ~0x01u) | 0x02u);
}
