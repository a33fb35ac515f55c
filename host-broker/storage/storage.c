#include "host-broker/storage/storage.h"

#include <stdlib.h>

#include "host-broker/image/layer-name.h"
#include "host-broker/storage/disk.h"
#include "host-broker/storage/grow.h"
#include "host-broker/storage/room.h"
#include "host-broker/storage/root.h"

struct storage {
	struct storage_options options;
	struct room *room;
	struct grow *grow;
};

static bool has_root(const struct run_context *context)
{
	return context->image && context->image->has_root;
}

static void layer_plan(const struct run_context *context, struct disk_plans *plans)
{
	char file[LAYER_NAME_SIZE] = "";

	if (!has_root(context) || root_layer(context->vm) != LAYER_DISK)
		return;
	if (context->vm->root.keep)
		layer_name_format(context->vm->image, context->image->generation, file);
	disk_plans_add_layer(plans, context->vm, file);
}

/* Of a run that an earlier broker started the monitor has all of them, and their locks. */
static int disks_add(void *data, const struct run_context *context, struct error *error)
{
	const struct storage *storage = data;
	const struct disk_options options = {.environment = storage->options.environment,
		.context = context,
		.mkfs = storage->options.mkfs};
	struct disk_plans plans;
	int code = 0;

	if (context->adopted)
		return 0;
	disk_plans_make(context->vm, &plans);
	layer_plan(context, &plans);
	if (has_root(context))
		code = root_add(storage->options.environment, context);
	for (size_t i = 0; code == 0 && i < plans.count; i++)
		code = disk_add(&options, &plans.items[i]);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

struct part_source storage_source(struct storage *storage)
{
	return (struct part_source){.add = disks_add, .data = storage};
}

int storage_create(const struct storage_options *options, struct storage **ret)
{
	struct storage *storage = calloc(1, sizeof(*storage));

	if (!storage)
		return UV_ENOMEM;
	storage->options = *options;
	*ret = storage;
	int code = room_create(options->environment, &storage->room);
	return code < 0 ? code : grow_create(options->environment, &storage->grow);
}

void storage_destroy(struct storage *storage)
{
	if (storage->grow)
		grow_destroy(storage->grow);
	if (storage->room)
		room_destroy(storage->room);
	free(storage);
}
