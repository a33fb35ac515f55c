#include "host-broker/storage/room.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "host-broker/storage/plan.h"
#include "host-broker/storage/store.h"
#include "host-broker/vm/vm.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"

/* What is known of one VM: its slot. */
struct stalled {
	bool listed;
	TAILQ_ENTRY(stalled) link; /* in room.list */
	struct vm *vm;
	uint64_t told_ms; /* 0: never */
	bool told;        /* that it stands still now */
};

TAILQ_HEAD(stalled_list, stalled);

struct room {
	const struct vm_environment *environment;
	struct vm_watcher watcher;
	struct stalled_list list;
	struct closer closer;
	uv_timer_t timer; /* while the list is not empty */
};

/* ---- is there room? ---- */

/* The file system of a file that has room for nothing; false when it has, or nobody knows. */
static bool is_full(const char *path)
{
	struct statvfs status;

	return statvfs(path, &status) == 0 &&
	       (uint64_t)status.f_bavail * status.f_frsize < ROOM_MIN;
}

static bool disk_path(const struct room *room, const struct vm_config *vm,
	const struct disk_plan *plan, char ret[STORE_PATH_SIZE])
{
	if (plan->file[0])
		return store_path(room->environment->paths, vm->name, "", ret) == 0;
	return paths_expand(plan->path, ret, STORE_PATH_SIZE) == 0;
}

/* ret: the folder or file that lies on a full file system. */
static bool has_full_disk(
	const struct room *room, const struct vm_config *vm, char ret[STORE_PATH_SIZE])
{
	struct disk_plans plans;

	disk_plans_make(vm, &plans);
	if (root_layer(vm) == LAYER_DISK)
		disk_plans_add_layer(&plans, vm, "");
	for (size_t i = 0; i < plans.count; i++)
		if (!plans.items[i].read_only && disk_path(room, vm, &plans.items[i], ret) &&
			is_full(ret))
			return true;
	return false;
}

/* ---- while there are such ---- */

/* One that is paused meanwhile stays so; one that is to stop writes what it has, and shuts down. */
static bool is_to_run(const struct vm *vm)
{
	return vm_state(vm) == VM_STATE_RUNNING || vm_state(vm) == VM_STATE_STARTING ||
	       vm_state(vm) == VM_STATE_STOPPING;
}

static void on_timer(uv_timer_t *timer)
{
	struct room *room = timer->data;
	struct stalled *stalled;
	char path[STORE_PATH_SIZE];

	TAILQ_FOREACH (stalled, &room->list, link)
		if (is_to_run(stalled->vm) && !has_full_disk(room, vm_ran(stalled->vm), path))
			vm_unstall(stalled->vm);
}

static void tell(struct room *room, struct stalled *stalled)
{
	struct vm *vm = stalled->vm;
	const struct vm_config *config = vm_ran(vm);
	uint64_t now_ms = uv_now(room->environment->loop);
	char path[STORE_PATH_SIZE], text[STORE_PATH_SIZE + 128];
	struct vm_status status;

	stalled->told = false;
	if (stalled->told_ms && now_ms - stalled->told_ms < ROOM_QUIET_MS)
		return;
	stalled->told = true;
	stalled->told_ms = now_ms;
	vm_status(vm, &status);
	if (status.stall == VM_STALL_DISK_FULL && has_full_disk(room, config, path))
		snprintf(text, sizeof(text),
			"the host's disk is full (%s): the VM stands still until there is room, "
			"and nothing is lost",
			path);
	else
		snprintf(text, sizeof(text),
			"the host could not write to one of the VM's disks: the VM stands still, "
			"and the write is tried again every %d s",
			ROOM_LOOK_MS / 1000);
	log_warning(config->name, "%s", text);
	vm_watchers_note(room->environment->watchers, vm, text);
}

static struct stalled *stalled_of(const struct room *room, const struct vm *vm)
{
	return vm_slot(vm, &room->watcher);
}

static void list_remove(struct room *room, struct vm *vm)
{
	struct stalled *stalled = stalled_of(room, vm);

	if (!stalled->listed)
		return;
	TAILQ_REMOVE(&room->list, stalled, link);
	stalled->listed = false;
	if (TAILQ_EMPTY(&room->list))
		uv_timer_stop(&room->timer);
}

static void list_add(struct room *room, struct vm *vm)
{
	struct stalled *stalled = stalled_of(room, vm);

	if (stalled->listed)
		return;
	stalled->listed = true;
	stalled->vm = vm;
	TAILQ_INSERT_TAIL(&room->list, stalled, link);
	uv_timer_start(&room->timer, on_timer, ROOM_LOOK_MS, ROOM_LOOK_MS);
	tell(room, stalled);
}

/* ---- what happens to VMs ---- */

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct room *room = data;

	if (change == VM_CHANGE_STALLED)
		list_add(room, vm);
	if (change != VM_CHANGE_RESUMED || !stalled_of(room, vm)->listed)
		return;
	list_remove(room, vm);
	if (!stalled_of(room, vm)->told)
		return;
	log_info(vm_configuration(vm)->name, "it goes on");
	vm_watchers_note(room->environment->watchers, vm, "the VM goes on");
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	(void)from;
	if (vm_is_off(vm))
		list_remove(data, vm);
}

static void on_end(void *data, struct vm *vm)
{
	list_remove(data, vm);
}

/* ---- all ---- */

static void room_free(void *data)
{
	free(data);
}

int room_create(const struct vm_environment *environment, struct room **ret)
{
	struct room *room = calloc(1, sizeof(*room));

	if (!room)
		return UV_ENOMEM;
	*room = (struct room){
		.environment = environment,
		.watcher = {.slot_size = sizeof(struct stalled),
			.on_end = on_end,
			.on_state = on_state,
			.on_change = on_change,
			.data = room},
	};
	TAILQ_INIT(&room->list);
	closer_init(&room->closer, room_free, room);
	uv_timer_init(environment->loop, &room->timer);
	closer_add(&room->closer);
	room->timer.data = room;
	*ret = room;
	return vm_watchers_add(environment->watchers, &room->watcher);
}

void room_destroy(struct room *room)
{
	closer_close(&room->closer, (uv_handle_t *)&room->timer);
	closer_finish(&room->closer);
}
