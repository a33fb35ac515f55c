/*
 * The configuration file as a whole.
 *
 * Covers: host-broker/config/config.c host-broker/config/check.c host-broker/config/locate.c
 * Covers: host-broker/config/units.c
 * Leaves out: files and drop-ins (unit/config)
 */
#include "host-broker/config/config.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;
	struct error error = {0};

	if (config_parse((const char *)data, size, "fuzz", &config, &error) == 0)
		config_destroy(config);
	return 0;
}
