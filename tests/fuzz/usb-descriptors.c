/*
 * A device's own words.
 *
 * Covers: usb/descriptors.c
 * Leaves out: nothing
 */
#include <stdlib.h>

#include "usb/descriptors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct descriptors descriptors;

	if (descriptors_parse(data, size, &descriptors) < 0)
		return 0;
	for (size_t i = 0; i < descriptors.settings_count; i++) {
		const struct descriptors_setting *setting = &descriptors.settings[i];
		if (setting->first + setting->count > descriptors.endpoints_count ||
			!descriptors_has_configuration(&descriptors, setting->configuration))
			abort();
	}
	return 0;
}
