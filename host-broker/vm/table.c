#include "host-broker/vm/table.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/parts/record.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/system/server.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

/* What the table knows of one VM: its slot. */
struct vm_entry {
	struct vm_table *table;
	struct vm *vm;
	struct server *server; /* NULL: no client may come */
	bool configured;
};

/* A configuration that came after the first. */
struct generation {
	TAILQ_ENTRY(generation) link; /* in vm_table.generations */
	struct config *config;
};

struct vm_table {
	struct vm_table_options options;
	struct vm **vms;
	size_t count;
	struct vm_watcher watcher;
	TAILQ_HEAD(, generation) generations; /* the newest is the last */
	bool paused;
	size_t open; /* VMs that are not freed yet, and one until destroy has told them all */
	void (*on_gone)(void *data);
	void *on_gone_data;
};

static struct vm_entry *vm_entry_of(const struct vm_table *table, const struct vm *vm)
{
	return vm_slot(vm, &table->watcher);
}

static struct vm_entry *vm_entry_at(const struct vm_table *table, size_t index)
{
	return vm_entry_of(table, table->vms[index]);
}

static const char *vm_entry_name(const struct vm_entry *entry)
{
	return vm_configuration(entry->vm)->name;
}

static bool is_visible(const struct vm_entry *entry)
{
	return entry->configured || !vm_is_off(entry->vm);
}

static struct vm_entry *vm_entry_find(const struct vm_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(vm_entry_name(vm_entry_at(table, i)), name) == 0)
			return vm_entry_at(table, i);
	return NULL;
}

struct vm *vm_table_find(const struct vm_table *table, const char *name)
{
	struct vm_entry *entry = vm_entry_find(table, name);

	return entry && is_visible(entry) ? entry->vm : NULL;
}

size_t vm_table_count(const struct vm_table *table)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		count += is_visible(vm_entry_at(table, i));
	return count;
}

struct vm *vm_table_at(const struct vm_table *table, size_t index)
{
	for (size_t i = 0; i < table->count; i++)
		if (is_visible(vm_entry_at(table, i)) && index-- == 0)
			return table->vms[i];
	return NULL;
}

/* ---- one VM ---- */

static bool on_accept(void *data, int fd, const struct socket_peer *peer)
{
	struct vm_entry *entry = data;

	return entry->table->options.on_accept(entry->table->options.data, entry->vm, fd, peer);
}

static int vm_entry_listen(struct vm_entry *entry, struct error *error)
{
	const struct paths *paths = entry->table->options.environment->paths;
	const char *name = vm_entry_name(entry);
	char path[PATH_SIZE];
	int code = runtime_dir_make(paths, name, error);

	if (code < 0)
		return code;
	if (!paths_runtime(paths, name, "command.socket", path))
		return error_set(error, UV_ENAMETOOLONG,
			"vm \"%s\": the path of its socket is too long", name);
	code = server_create(entry->table->options.environment->loop, path, paths->system,
		on_accept, entry, &entry->server);
	if (code < 0)
		return error_set(error, code, "cannot listen on %s: %s", path, uv_strerror(code));
	if (entry->table->paused)
		server_pause(entry->server);
	return 0;
}

static void vm_entry_deafen(struct vm_entry *entry)
{
	if (entry->server)
		server_destroy(entry->server);
	entry->server = NULL;
	if (!entry->table->options.environment->folder_lost)
		runtime_dir_remove(entry->table->options.environment->paths, vm_entry_name(entry));
}

/* NULL, with a sentence, when memory is short. */
static struct vm_entry *vm_entry_add(struct vm_table *table, const struct vm_config *config,
	bool configured, struct error *error)
{
	struct vm **vms = reallocarray(table->vms, table->count + 1, sizeof(struct vm *));
	struct vm *vm;

	if (vms)
		table->vms = vms;
	int code = vms ? vm_create(table->options.environment, config, &vm) : UV_ENOMEM;
	if (code < 0) {
		error_set(error, code, "vm \"%s\": %s", config->name, uv_strerror(code));
		return NULL;
	}
	if (!configured)
		vm_leave(vm);
	table->vms[table->count++] = vm;
	table->open++;
	struct vm_entry *entry = vm_entry_of(table, vm);
	*entry = (struct vm_entry){.table = table, .vm = vm, .configured = configured};
	return entry;
}

/* It is not configured any more, and does not run. */
static void vm_entry_remove(struct vm_entry *entry)
{
	vm_entry_deafen(entry);
	vm_watchers_removed(entry->table->options.environment->watchers, entry->vm);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct vm_entry *entry = vm_entry_of(data, vm);

	(void)from;
	if (vm_is_off(vm) && !entry->configured)
		vm_entry_remove(entry);
}

/* ---- all ---- */

int vm_table_create(const struct vm_table_options *options, struct vm_table **ret)
{
	struct vm_table *table = calloc(1, sizeof(*table));

	if (!table)
		return UV_ENOMEM;
	*table = (struct vm_table){
		.options = *options,
		.watcher = {.slot_size = sizeof(struct vm_entry),
			.on_state = on_state,
			.data = table},
		.open = 1,
	};
	TAILQ_INIT(&table->generations);
	*ret = table;
	return 0;
}

int vm_table_open(struct vm_table *table, struct error *error)
{
	const struct config *config = table->options.config;
	int code = vm_watchers_add(table->options.environment->watchers, &table->watcher);

	if (code < 0)
		return error_set(error, code, "cannot watch VMs: %s", uv_strerror(code));
	for (size_t i = 0; code == 0 && i < config->vms_count; i++) {
		struct vm_entry *entry = vm_entry_add(table, &config->vms[i], true, error);
		code = entry ? vm_entry_listen(entry, error) : UV_ENOMEM;
	}
	return code;
}

static bool is_autostarted(const struct vm_entry *entry)
{
	return entry->configured && vm_configuration(entry->vm)->autostart != AUTOSTART_NO;
}

/* One that an earlier broker has left paused stays so. */
static void vm_entry_autostart(struct vm_entry *entry)
{
	const struct vm_table_options *options = &entry->table->options;

	if (!is_autostarted(entry) || !vm_is_off(entry->vm))
		return;
	if (vm_configuration(entry->vm)->autostart == AUTOSTART_PAUSED)
		options->on_autostart_paused(options->data, entry->vm);
	else
		vm_start(entry->vm);
}

void vm_table_autostart(struct vm_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		vm_entry_autostart(vm_entry_at(table, i));
}

void vm_table_pause(struct vm_table *table, bool pause)
{
	table->paused = pause;
	for (size_t i = 0; i < table->count; i++) {
		struct server *server = vm_entry_at(table, i)->server;
		if (server)
			(pause ? server_pause : server_resume)(server);
	}
}

bool vm_table_waits(const struct vm_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct server *server = vm_entry_at(table, i)->server;
		if (server && server_waits(server))
			return true;
	}
	return false;
}

bool vm_table_runs(const struct vm_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (!vm_is_off(table->vms[i]))
			return true;
	return false;
}

bool vm_table_autostarts(const struct vm_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		if (is_autostarted(vm_entry_at(table, i)))
			return true;
	return false;
}

void vm_table_close(struct vm_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		vm_entry_deafen(vm_entry_at(table, i));
}

static void table_free(struct vm_table *table)
{
	struct generation *generation;
	void (*on_gone)(void *) = table->on_gone;
	void *data = table->on_gone_data;

	while ((generation = TAILQ_FIRST(&table->generations))) {
		TAILQ_REMOVE(&table->generations, generation, link);
		config_destroy(generation->config);
		free(generation);
	}
	free(table->vms);
	free(table);
	on_gone(data);
}

static void on_vm_closed(void *data)
{
	struct vm_table *table = data;

	if (--table->open == 0)
		table_free(table);
}

void vm_table_destroy(struct vm_table *table, void (*on_gone)(void *data), void *data)
{
	table->on_gone = on_gone;
	table->on_gone_data = data;
	for (size_t i = 0; i < table->count; i++)
		vm_destroy(table->vms[i], on_vm_closed, table);
	on_vm_closed(table);
}

/* ---- configurations ---- */

/* Takes config. */
static int generation_add(struct vm_table *table, struct config *config)
{
	struct generation *generation = calloc(1, sizeof(*generation));

	if (!generation) {
		config_destroy(config);
		return UV_ENOMEM;
	}
	generation->config = config;
	TAILQ_INSERT_TAIL(&table->generations, generation, link);
	return 0;
}

static bool is_used(const struct vm_table *table, const struct config *config)
{
	for (size_t i = 0; i < table->count; i++)
		if (vm_uses(table->vms[i], config))
			return true;
	return false;
}

/* All but the newest that no VM goes by. */
static void generations_trim(struct vm_table *table)
{
	struct generation *generation, *next;

	for (generation = TAILQ_FIRST(&table->generations); generation; generation = next) {
		next = TAILQ_NEXT(generation, link);
		if (!next || is_used(table, generation->config))
			continue;
		TAILQ_REMOVE(&table->generations, generation, link);
		config_destroy(generation->config);
		free(generation);
	}
}

struct reload {
	struct vm_table *table;
	reload_cb on_change;
	void *data;
};

static void reload_removed(const struct reload *reload, struct vm_entry *entry)
{
	bool off = vm_is_off(entry->vm);

	if (!entry->configured)
		return;
	entry->configured = false;
	vm_leave(entry->vm);
	reload->on_change(reload->data, entry->vm, off ? RELOAD_REMOVED : RELOAD_LEAVING, NULL);
	if (off)
		vm_entry_remove(entry);
}

static void reload_kept(
	const struct reload *reload, struct vm_entry *entry, const struct vm_config *config)
{
	struct config_difference now, since_start;

	vm_config_compare(vm_configuration(entry->vm), config, &now);
	vm_config_compare(vm_ran(entry->vm), config, &since_start);
	bool waits = !vm_is_off(entry->vm) && since_start.restart_count > 0;
	bool changed = now.live_count > 0 || now.restart_count > 0;
	vm_configure(entry->vm, config);
	if (waits)
		reload->on_change(reload->data, entry->vm, RELOAD_RESTART, &since_start);
	else if (changed)
		reload->on_change(reload->data, entry->vm, RELOAD_CHANGED, &now);
}

/* New, or there once more. A socket that cannot be made is told; the VM is there without it. */
static void reload_added(
	const struct reload *reload, struct vm_entry *entry, const struct vm_config *config)
{
	struct error error = {0};

	entry->configured = true;
	if (!entry->server && vm_entry_listen(entry, &error) < 0)
		log_error(vm_entry_name(entry), "%s", error.text);
	vm_configure(entry->vm, config);
	reload->on_change(reload->data, entry->vm, RELOAD_ADDED, NULL);
	vm_entry_autostart(entry);
}

static void reload_one(const struct reload *reload, const struct vm_config *config)
{
	struct vm_entry *entry = vm_entry_find(reload->table, config->name);
	struct error error = {0};

	if (entry && entry->configured) {
		reload_kept(reload, entry, config);
		return;
	}
	if (!entry)
		entry = vm_entry_add(reload->table, config, true, &error);
	if (entry)
		reload_added(reload, entry, config);
	else
		log_error(config->name, "%s", error.text);
}

int vm_table_reload(struct vm_table *table, struct config *config, reload_cb on_change_told,
	void *data, struct error *error)
{
	const struct reload reload = {.table = table, .on_change = on_change_told, .data = data};

	if (generation_add(table, config) < 0)
		return error_set(error, UV_ENOMEM, "out of memory");
	for (size_t i = 0; i < table->count; i++)
		if (!config_find(config, vm_entry_name(vm_entry_at(table, i))))
			reload_removed(&reload, vm_entry_at(table, i));
	for (size_t i = 0; i < config->vms_count; i++)
		reload_one(&reload, &config->vms[i]);
	generations_trim(table);
	return 0;
}

/* ---- adoption ---- */

/* What a running VM was started with, by its record; NULL when there is none, or it does not say.
 */
static const struct vm_config *record_config(struct vm_table *table, const char *name)
{
	struct record record = {0};
	struct config *config = NULL;
	struct error error = {0};
	char path[PATH_SIZE];

	if (!paths_runtime(table->options.environment->paths, name, "state", path) ||
		record_read(path, &record) < 0)
		return NULL;
	int code = record.config ? config_parse(record.config, strlen(record.config), path, &config,
					   &error)
				 : UV_ENOENT;
	record_finish(&record);
	if (code < 0)
		return NULL;
	const struct vm_config *vm = config_find(config, name);
	if (!vm)
		config_destroy(config);
	else if (generation_add(table, config) < 0)
		vm = NULL;
	return vm;
}

static void vm_entry_adopt(
	struct vm_table *table, struct vm_entry *entry, const struct vm_config *ran)
{
	int code = vm_adopt(entry->vm, ran ? ran : vm_configuration(entry->vm));

	if (code == 0)
		log_info(vm_entry_name(entry), "found running%s; waiting for its agent",
			entry->configured ? "" : " but no longer configured");
	else if (code == UV_ENOENT && !entry->configured)
		runtime_dir_remove(table->options.environment->paths, vm_entry_name(entry));
}

/* Of a newer broker, and not configured: nobody can ever end it otherwise. */
static void later_version_end(const struct vm_table *table, const char *name)
{
	const struct vm_environment *environment = table->options.environment;
	struct record record = {0};
	char path[PATH_SIZE];

	if (!paths_runtime(environment->paths, name, "state", path))
		return;
	if (record_read(path, &record) == UV_ENOTSUP) {
		log_warning(
			name, "was started by a newer broker and is not configured: killing it");
		record_kill(environment->loop, &record);
		runtime_dir_clean(environment->paths, name);
		runtime_dir_remove(environment->paths, name);
	}
	record_finish(&record);
}

static void unconfigured_adopt(struct vm_table *table, const char *name)
{
	const struct vm_config *ran = record_config(table, name);
	struct error error = {0};

	if (!ran) {
		later_version_end(table, name);
		return;
	}
	struct vm_entry *entry = vm_entry_add(table, ran, false, &error);
	if (entry)
		vm_entry_adopt(table, entry, ran);
	else
		log_error(name, "%s", error.text);
}

void vm_table_adopt(struct vm_table *table)
{
	size_t configured = table->count;
	struct dirent *item;

	for (size_t i = 0; i < configured; i++)
		vm_entry_adopt(table, vm_entry_at(table, i),
			record_config(table, vm_entry_name(vm_entry_at(table, i))));
	DIR *folder = opendir(table->options.environment->paths->runtime);
	while (folder && (item = readdir(folder)))
		if (text_is_vm_name(item->d_name) && !vm_entry_find(table, item->d_name))
			unconfigured_adopt(table, item->d_name);
	if (folder)
		closedir(folder);
}
