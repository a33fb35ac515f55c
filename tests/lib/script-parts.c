#include "tests/lib/script-parts.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/parts/helper.h"

#define RELEASE_MS 500

struct script {
	struct helper helper;
	char vm[64];
	char path[1024];
};

static int script_start(struct helper *helper, struct error *error)
{
	struct script *script = helper->data;
	const char *const argv[] = {script->path, script->vm, NULL};

	return helper_run(
		helper, &(const struct child_options){.argv = argv, .vm = script->vm}, error);
}

static void script_forget(struct part *part)
{
	helper_forget(part);
	free(((struct helper *)part->data)->data);
}

#define SCRIPT_FUNCTIONS \
	.release_ms = RELEASE_MS, .prepare = helper_prepare, .release = helper_release, \
	.force = helper_force, .forget = script_forget, .record = helper_record, \
	.adopt = helper_adopt, .lives = NULL

static const struct part_kind kinds[] = {
	{.name = "once", .passes = true, SCRIPT_FUNCTIONS},
	{.name = "stops", .death = PART_DEATH_STOPS, SCRIPT_FUNCTIONS},
	{.name = "degrades", .death = PART_DEATH_DEGRADES, SCRIPT_FUNCTIONS},
	{.name = "restarts", .death = PART_DEATH_RESTARTS, SCRIPT_FUNCTIONS},
};

static const struct part_kind *kind_of(const char *file)
{
	const char *point = strrchr(file, '.');

	for (size_t i = 0; point && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, point + 1) == 0)
			return &kinds[i];
	return NULL;
}

static int script_add(const char *folder, const char *file, const char *vm, struct parts *parts)
{
	struct script *script = calloc(1, sizeof(*script));

	if (!script)
		return UV_ENOMEM;
	script->helper =
		(struct helper){.loop = parts_loop(parts), .start = script_start, .data = script};
	snprintf(script->vm, sizeof(script->vm), "%s", vm);
	snprintf(script->path, sizeof(script->path), "%s/%s", folder, file);
	if (parts_add(parts, kind_of(file), file, file, &script->helper))
		return 0;
	free(script);
	return UV_ENOMEM;
}

static int scripts_add(void *data, const struct run_context *context, struct error *error)
{
	const struct vm_config *vm = context->vm;
	const char *all = getenv("VMSILO_TEST_PARTS");
	char path[400];
	struct dirent *item;
	int code = 0;

	(void)data;
	snprintf(path, sizeof(path), "%s/%s", all ? all : "/nonexistent", vm->name);
	DIR *folder = opendir(path);
	while (folder && code == 0 && (item = readdir(folder)))
		if (kind_of(item->d_name))
			code = script_add(path, item->d_name, vm->name, context->parts);
	if (folder)
		closedir(folder);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

const struct part_source script_parts[] = {{.add = scripts_add}, {0}};
