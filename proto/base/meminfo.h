/*
 * What the kernel reports about memory: /proc/meminfo and /proc/pressure/memory (the kernel's
 * Documentation/accounting/psi.rst), as numbers. Pure; guest and host read the same.
 */
#ifndef VMSILO_PROTO_BASE_MEMINFO_H
#define VMSILO_PROTO_BASE_MEMINFO_H

#include <stddef.h>
#include <stdint.h>

struct meminfo { /* bytes */
	uint64_t total;
	uint64_t free;
	uint64_t available; /* what can be had without swapping */
	uint64_t cached;
};

struct pressure_line {
	uint32_t avg10; /* hundredths of a percent of the last 10 s that were lost waiting */
	uint32_t avg60;
	uint64_t total_us;
};

struct pressure {
	struct pressure_line some; /* at least one task waited */
	struct pressure_line full; /* all did */
};

#define PRESSURE_PERCENT 100 /* of the averages' unit */

/* UV_EINVAL when one of the four is missing, or has no number in kB that fits. */
int meminfo_parse(const char *text, size_t length, struct meminfo *ret);
/* UV_EINVAL when a line is missing or is not as the kernel writes it. */
int pressure_parse(const char *text, size_t length, struct pressure *ret);

#endif
