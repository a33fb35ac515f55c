#include "host-broker/memory/admission.h"

#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

#define MIB(bytes) ((bytes) / BALLOON_MIB)

/* What is left for one more. A holder below its minimum may still take up to it. */
static int64_t room(
	const struct balloon_host *host, const struct admission_holder *holders, size_t count)
{
	int64_t of_host = host->available - host->reserve;
	int64_t of_budget = host->budget;

	for (size_t i = 0; i < count; i++) {
		of_host += holders[i].resident - holders[i].floor;
		of_budget -= holders[i].floor;
	}
	return host->budget && of_budget < of_host ? of_budget : of_host;
}

static void holders_list(
	const struct admission_holder *holders, size_t count, char *out, size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < count && at < size; i++)
		at += (size_t)snprintf(out + at, size - at, "%s%s %" PRId64 "M", i ? ", " : "",
			holders[i].name, MIB(holders[i].floor));
	if (at >= size)
		snprintf(out + size - 4, 4, "...");
}

int admission_check(const char *name, int64_t min, const struct balloon_host *host,
	const struct admission_holder *holders, size_t count, struct error *error)
{
	int64_t left = room(host, holders, count);
	char list[512], bound[128];

	if (min <= left)
		return 0;
	holders_list(holders, count, list, sizeof(list));
	if (host->budget)
		snprintf(bound, sizeof(bound), "within memory_budget %" PRId64 "M",
			MIB(host->budget));
	else
		snprintf(bound, sizeof(bound),
			"of the host's %" PRId64 "M, which keeps %" PRId64 "M for itself",
			MIB(host->available), MIB(host->reserve));
	return error_set(error, UV_ENOMEM,
		"vm \"%s\" failed to start: it needs %" PRId64 "M of memory, and %" PRId64
		"M is available %s%s%s%s: stop a VM, or lower memory_min",
		name, MIB(min), left > 0 ? MIB(left) : 0, bound,
		count ? ", with every other VM at its minimum (" : "", list, count ? ")" : "");
}
