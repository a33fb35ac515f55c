/*
 * The balloon policy over whatever guests say and do: targets stay within bounds, and what is
 * granted is there.
 *
 * Covers: host-broker/memory/balloon-policy.c
 * Leaves out: what the figures come from (target control)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "host-broker/memory/balloon-policy.h"

#define GUESTS 3
#define STEP_SIZE (3 * GUESTS + 2)
#define STEPS_MAX 16 /* of one input, so that it does not take long */
#define MIB BALLOON_MIB

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* What is granted beyond what was granted before, or is its own, comes out of the host's headroom.
 */
static void step(const struct balloon_host *host, struct balloon_guest *const *guests, uint64_t now)
{
	int64_t room = host->available - host->reserve, granted = 0;
	int64_t before[GUESTS];

	for (size_t i = 0; i < GUESTS; i++)
		before[i] = larger(larger(guests[i]->target, guests[i]->actual), guests[i]->min);
	balloon_policy_step(host, guests, GUESTS, now);
	for (size_t i = 0; i < GUESTS; i++) {
		const struct balloon_guest *guest = guests[i];
		if (guest->target < guest->min || guest->target > guest->max || guest->critical < 0)
			abort();
		granted += larger(guest->target - before[i], 0);
	}
	if (granted > larger(room, 0))
		abort();
}

/* Three bytes a guest (what it has, what it says, its pressure), two for the host and the time. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct balloon_guest guests[GUESTS];
	struct balloon_guest *pointers[GUESTS];
	struct balloon_host host = {.reserve = 100 * MIB, .budget = 1200 * MIB};
	uint64_t now = 0;

	if (size > STEPS_MAX * STEP_SIZE)
		size = STEPS_MAX * STEP_SIZE;
	for (size_t i = 0; i < GUESTS; i++) {
		balloon_guest_init(&guests[i], 64 * MIB, (int64_t)(256 << i) * MIB);
		pointers[i] = &guests[i];
	}
	for (; size >= STEP_SIZE; data += STEP_SIZE, size -= STEP_SIZE) {
		for (size_t i = 0; i < GUESTS; i++) {
			struct balloon_guest *guest = &guests[i];
			const uint8_t *told = data + 3 * i;
			/* 255: as it was asked. */
			guest->actual = told[0] == 255 ? guest->target : guest->max / 256 * told[0];
			guest->available = told[1] == 255 ? -1 : guest->actual / 256 * told[1];
			guest->pressure = told[2] & 1;
		}
		host.available = 16 * MIB * data[3 * GUESTS];
		host.pressure = data[3 * GUESTS + 1] & 1;
		now += (uint64_t)data[3 * GUESTS + 1] * 100;
		step(&host, pointers, now);
	}
	return 0;
}
