#include "tray/menu/sync.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/paths.h"
#include "proto/wire/message.h"
#include "tray/menu/caller.h"
#include "tray/menu/entry.h"
#include "tray/menu/icon.h"
#include "tray/menu/limits.h"
#include "tray/menu/vms.h"
#include "tray/menu/wanted.h"

#define ALL "all"

struct sync {
	const struct sync_options *options;
	char folders[WANTED_PLACES][4096];
	char list[4096 + PATH_SIZE];
	struct wanted wanted;
	char command[4200];
};

/* ---- where ---- */

/* The XDG Base Directory Specification: relative ones are to be ignored. */
static int base_find(const char *variable, const char *below, const char *rest, char *out)
{
	const char *set = getenv(variable);
	char home[1024];
	int length;

	if (set && set[0] == '/')
		length = snprintf(out, 4096, "%s/%s", set, rest);
	else if (paths_home(home, sizeof(home)))
		length = snprintf(out, 4096, "%s/%s/%s", home, below, rest);
	else
		return UV_ENOENT;
	return length < 4096 ? 0 : UV_ENAMETOOLONG;
}

/* The list of what was written for this broker. */
static int list_find(struct sync *sync)
{
	char folder[4096], name[PATH_SIZE];
	int code = base_find("XDG_STATE_HOME", ".local/state", "vmsilo/menu", folder);

	snprintf(name, sizeof(name), "%s", sync->options->broker);
	for (char *at = strchr(name, '/'); at; at = strchr(at, '/'))
		*at = '%';
	snprintf(sync->list, sizeof(sync->list), "%s/%s", folder, name);
	return code;
}

static int folders_find(struct sync *sync)
{
	static const struct {
		const char *variable, *below, *rest;
	} places[WANTED_PLACES] = {
		[WANTED_ENTRY] = {"XDG_DATA_HOME", ".local/share", "applications"},
		[WANTED_ICON] = {"XDG_DATA_HOME", ".local/share", "icons/hicolor/128x128/apps"},
		[WANTED_FOLDER] = {"XDG_DATA_HOME", ".local/share", "desktop-directories"},
		[WANTED_MENU] = {"XDG_CONFIG_HOME", ".config", "menus/applications-merged"},
	};
	int code = 0;

	for (size_t i = 0; code == 0 && i < WANTED_PLACES; i++)
		code = base_find(
			places[i].variable, places[i].below, places[i].rest, sync->folders[i]);
	return code < 0 ? code : list_find(sync);
}

/* ---- what ---- */

static int text_add(struct sync *sync, enum wanted_place place, const char *name, char *text)
{
	return wanted_add(&sync->wanted, place, name, text, text ? strlen(text) : 0);
}

static int program_add(
	struct sync *sync, const Vmsilo__Broker__Vm *vm, const struct menu_program *program)
{
	struct colour colour = {0x80, 0x80, 0x80};
	char name[ENTRY_NAME_SIZE];
	uint8_t *png;
	size_t length;

	(void)colour_parse(vm->color, &colour);
	entry_name(vm->name, program->id, name);
	int code = icon_marked(program->icon, colour, &png, &length);
	if (code == 0)
		code = wanted_add(&sync->wanted, WANTED_ICON, name, png, length);
	if (code == 0)
		code = text_add(
			sync, WANTED_ENTRY, name, entry_text(vm->name, sync->command, program));
	return code;
}

static bool is_chosen(const Vmsilo__Broker__Menu *menu, const struct menu_program *program)
{
	for (size_t i = 0; i < menu->n_programs; i++)
		if (strcmp(menu->programs[i], program->id) == 0 ||
			strcmp(menu->programs[i], ALL) == 0)
			return true;
	return false;
}

/* Who named a program that the image does not have learns of it. */
static void missing_tell(const Vmsilo__Broker__Vm *vm, const struct menu_record *record)
{
	for (size_t i = 0; i < vm->menu->n_programs; i++)
		if (strcmp(vm->menu->programs[i], ALL) != 0 &&
			!record_find(record, vm->menu->programs[i]))
			fprintf(stderr, "vmsilo menu: vm \"%s\": its image has no program \"%s\"\n",
				vm->name, vm->menu->programs[i]);
}

static int record_add(
	struct sync *sync, const Vmsilo__Broker__Vm *vm, const struct menu_record *record)
{
	char name[ENTRY_NAME_SIZE];
	size_t before = sync->wanted.count;
	int code = 0;

	for (size_t i = 0; code == 0 && i < record->count; i++)
		if (is_chosen(vm->menu, &record->programs[i]))
			code = program_add(sync, vm, &record->programs[i]);
	if (code < 0 || sync->wanted.count == before)
		return code;
	snprintf(name, sizeof(name), "vmsilo.%s", vm->name);
	code = text_add(sync, WANTED_FOLDER, name, entry_folder(vm->name));
	return code < 0 ? code : text_add(sync, WANTED_MENU, name, entry_menu(vm->name));
}

static int vm_add(struct sync *sync, const Vmsilo__Broker__Vm *vm)
{
	struct menu_record record;

	if (!vm->menu)
		return 0;
	int code = record_load(vm->menu->folder, &record);
	if (code == UV_ENOENT)
		return 0;
	if (code < 0) {
		fprintf(stderr, "vmsilo menu: vm \"%s\": cannot read %s/" RECORD_NAME ": %s\n",
			vm->name, vm->menu->folder, uv_strerror(code));
		return code;
	}
	missing_tell(vm, &record);
	code = record_add(sync, vm, &record);
	record_finish(&record);
	return code;
}

/* ---- and there it is ---- */

/* Which program opens which type, where the desktop has a cache of that. */
static void cache_update(const char *folder)
{
	char *argv[] = {"update-desktop-database", "-q", (char *)folder, NULL};
	pid_t pid;

	if (posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0)
		waitpid(pid, NULL, 0);
}

static int apply(struct sync *sync)
{
	const char *folders[WANTED_PLACES];
	const char *vm = sync->options->vm[0] ? sync->options->vm : NULL;
	struct wanted_changes changes;
	char failed[8400];

	for (size_t i = 0; i < WANTED_PLACES; i++)
		folders[i] = sync->folders[i];
	int code = wanted_apply(
		&sync->wanted, folders, sync->list, vm, &changes, failed, sizeof(failed));
	if (code < 0) {
		fprintf(stderr, "vmsilo menu: cannot write %s: %s\n", failed, uv_strerror(code));
		return code;
	}
	if (changes.entries)
		cache_update(folders[WANTED_ENTRY]);
	if (changes.written + changes.removed > 0)
		printf("%zu files written, %zu removed\n", changes.written, changes.removed);
	return 0;
}

int menu_sync(const struct sync_options *options)
{
	_cleanup_free_ struct sync *sync = calloc(1, sizeof(*sync));
	Vmsilo__Broker__VmList *list;

	if (sync)
		sync->options = options;
	if (!sync || folders_find(sync) < 0) {
		fputs("vmsilo menu: there is no home folder\n", stderr);
		return 1;
	}
	caller_form(options->bin, sync->command, sizeof(sync->command));
	int code = vms_ask(options->broker, options->vm, &list);
	if (code < 0)
		return 1;
	for (size_t i = 0; code == 0 && i < list->n_vms; i++)
		code = vm_add(sync, list->vms[i]);
	if (code == 0)
		code = apply(sync);
	message_free(&list->base);
	wanted_finish(&sync->wanted);
	return code < 0;
}
