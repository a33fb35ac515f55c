/*
 * What stands in /proc/meminfo and /proc/pressure/memory.
 *
 * Covers: proto/base/meminfo.c
 * Leaves out: nothing
 */
#include "proto/base/meminfo.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meminfo info;
	struct pressure pressure;

	meminfo_parse((const char *)data, size, &info);
	pressure_parse((const char *)data, size, &pressure);
	return 0;
}
