/*
 * The configuration file as a whole; and what was read, as the record of a running VM has it, is
 * read from there the same.
 *
 * Covers: host-broker/config/config.c host-broker/config/complaint.c host-broker/config/yaml/form.c
 * Covers: host-broker/config/key-collections.c host-broker/config/key-scalars.c
 * Covers: host-broker/config/keys.c host-broker/config/yaml/locate.c host-broker/config/print.c
 * Covers: host-broker/config/restart.c host-broker/config/schema.c host-broker/config/table.c
 * Covers: host-broker/config/value/units.c host-broker/config/usb.c
 * Leaves out: files, drop-ins, objections (unit/config), merging (unit/config-restart),
 * Leaves out: the broker printed (unit/config-table)
 */
#include "host-broker/config/config.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/config/print.h"
#include "host-broker/config/restart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void printed_is_the_same(const struct vm_config *vm)
{
	struct config_difference difference;
	struct config *again;
	struct error error = {0};
	char *text = vm_config_print(vm);

	if (!text || config_parse(text, strlen(text), "record", &again, &error) < 0)
		abort();
	vm_config_compare(vm, &again->vms[0], &difference);
	if (difference.live_count > 0 || difference.restart_count > 0)
		abort();
	config_destroy(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;
	struct error error = {0};

	if (config_parse((const char *)data, size, "fuzz", &config, &error) < 0)
		return 0;
	for (size_t i = 0; i < config->vms_count; i++)
		printed_is_the_same(&config->vms[i]);
	config_destroy(config);
	return 0;
}
