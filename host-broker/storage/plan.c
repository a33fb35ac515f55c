#include "host-broker/storage/plan.h"

#include <stdio.h>

#include "host-broker/image/image.h"

#define MIB (UINT64_C(1) << 20)

/* Disks consist of whole MiB: whatever the sectors of what they lie on, they fit. */
static uint64_t whole(uint64_t bytes)
{
	return (bytes + MIB - 1) / MIB * MIB;
}

uint64_t plan_home_bytes(const struct vm_config *vm)
{
	return whole(vm->home_bytes);
}

static void home_add(struct disk_plans *plans, const struct vm_config *vm)
{
	struct disk_plan *plan = &plans->items[plans->count++];

	*plan = (struct disk_plan){.rank = VM_DISK_HOME,
		.name = "home",
		.title = "the home disk",
		.file = IMAGE_HOME,
		.path = "",
		.template_folder = vm->home_template,
		.bytes = plan_home_bytes(vm),
		.owner = vm->guest_uid};
}

static void disk_add(struct disk_plans *plans, const struct vm_config *vm, size_t i)
{
	const struct disk_config *disk = &vm->disks.items[i];
	struct disk_plan *plan = &plans->items[plans->count++];

	*plan = (struct disk_plan){.rank = VM_DISK_FIRST + (unsigned int)i,
		.path = disk->path,
		.template_folder = "",
		.bytes = whole(disk->size_bytes),
		.owner = vm->guest_uid,
		.read_only = disk->read_only};
	snprintf(plan->name, sizeof(plan->name), "disk%zu", i);
	snprintf(plan->title, sizeof(plan->title), "disk %zu of the key disks", i + 1);
}

void disk_plans_make(const struct vm_config *vm, struct disk_plans *ret)
{
	ret->count = 0;
	if (vm->home_bytes)
		home_add(ret, vm);
	for (size_t i = 0; i < vm->disks.count && i < DISKS_MAX; i++)
		disk_add(ret, vm, i);
}

void disk_plans_add_layer(struct disk_plans *plans, const struct vm_config *vm, const char *file)
{
	struct disk_plan *plan = &plans->items[plans->count++];

	*plan = (struct disk_plan){.rank = VM_DISK_LAYER,
		.name = "layer",
		.title = "the root's layer",
		.path = "",
		.template_folder = "",
		.bytes = whole(root_layer_bytes(vm)),
		.passes = file[0] == '\0'};
	snprintf(plan->file, sizeof(plan->file), "%s", plan->passes ? "layer.tmp" : file);
}

enum root_layer root_layer(const struct vm_config *vm)
{
	if (vm->root.layer != LAYER_AUTO)
		return vm->root.layer;
	return vm->root.keep ? LAYER_DISK : LAYER_MEMORY;
}

uint64_t root_layer_bytes(const struct vm_config *vm)
{
	if (vm->root.size_bytes)
		return vm->root.size_bytes;
	return root_layer(vm) == LAYER_DISK ? ROOT_LAYER_DISK_BYTES : vm->memory_bytes / 2;
}
