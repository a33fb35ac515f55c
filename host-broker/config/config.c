#include "host-broker/config/config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/complaint.h"
#include "host-broker/config/schema.h"
#include "host-broker/config/short.h"
#include "host-broker/config/table.h"
#include "host-broker/config/yaml/form.h"
#include "host-broker/config/yaml/locate.h"
#include "proto/base/cleanup.h"

#define FILE_SIZE_MAX (1024 * 1024) /* bytes; some ten thousand VMs */

/* ---- files into one configuration ---- */

struct source {
	const char *name;
	const char *text;
	size_t length;
};

/* A problem within item index of the list at key, or within the mapping there. */
static unsigned int problem_line(const struct source *source, const char *key, size_t item,
	const struct key_problem *problem)
{
	struct config_step steps[1 + KEY_DEPTH_MAX] = {{.key = key, .item = item}};

	for (size_t i = 0; i < problem->depth; i++) {
		const struct key *at = problem->path[i].key;
		bool has_items = at->type->form == KEY_MAPPINGS && i + 1 < problem->depth;
		steps[1 + i] = (struct config_step){.key = at->name,
			.item = has_items ? problem->path[i].item : CONFIG_NO_ITEM};
	}
	return config_locate(source->text, source->length, steps, 1 + problem->depth);
}

static int broker_merge(struct broker_config *broker, const struct key_raw *raws,
	const struct source *source, struct error *error)
{
	struct key_problem problem = {0};
	char expected[KEY_EXPECTED_SIZE];
	int code = keys_read(&config_broker_keys, raws, broker, &problem);

	if (code == 0)
		return 0;
	if (code != UV_EINVAL)
		return error_set(error, code, "out of memory");
	key_problem_expected(&problem, expected, sizeof(expected));
	return error_set(error, code, "%s:%u: broker: %s: '%s'; expected %s", source->name,
		problem_line(source, "broker", CONFIG_NO_ITEM, &problem),
		key_problem_key(&problem)->name, problem.text ? problem.text : "", expected);
}

static int vm_read(struct vm_config *vm, const struct key_raw *raws, const struct source *source,
	size_t index, struct error *error)
{
	struct key_problem problem = {0};
	char expected[KEY_EXPECTED_SIZE];
	int code = keys_fill(&config_vm_keys, vm) < 0
			   ? UV_ENOMEM
			   : keys_read(&config_vm_keys, raws, vm, &problem);

	if (code != UV_EINVAL)
		return code < 0 ? error_set(error, code, "out of memory") : 0;
	key_problem_expected(&problem, expected, sizeof(expected));
	return error_set(error, code, "%s:%u: %s: expected %s", source->name,
		problem_line(source, "vms", index, &problem), key_problem_key(&problem)->name,
		expected);
}

/* Only the broker can look at folders, and names the line then. */
static void shares_locate(struct vm_config *vm, const struct source *source, size_t index)
{
	struct config_step steps[] = {
		{.key = "vms", .item = index}, {.key = "shares", .item = CONFIG_NO_ITEM}};

	for (size_t i = 0; i < vm->shares.count; i++) {
		steps[1].item = i;
		vm->shares.items[i].line = config_locate(source->text, source->length, steps, 2);
	}
}

static int objection_tell(const struct config_objection *objection, const struct source *source,
	size_t index, struct error *error)
{
	const struct config_step steps[] = {
		{.key = "vms", .item = index}, {.key = objection->key, .item = objection->item}};

	return error_set(error, UV_EINVAL, "%s:%u: %s: %s", source->name,
		config_locate(source->text, source->length, steps, 2), objection->key,
		objection->text);
}

/* One of the file's VMs. */
struct entry {
	const struct key_raw *raws;
	size_t index;
	unsigned int line;
};

static int vm_append(struct config *config, const struct source *source, const struct entry *entry,
	config_object_cb object, struct error *error)
{
	struct vm_config *vm = &config->vms[config->vms_count++];
	struct config_objection objection = {0};
	char place[4096 + 16];
	int code = vm_read(vm, entry->raws, source, entry->index, error);

	if (code < 0)
		return code;
	shares_locate(vm, source, entry->index);
	snprintf(place, sizeof(place), "%s:%u", source->name, entry->line);
	vm->source = strdup(place);
	if (!vm->source)
		return error_set(error, UV_ENOMEM, "out of memory");
	/* The first of that name: itself, when there is no other. */
	const struct vm_config *same = config_find(config, vm->name);
	if (same != vm)
		return error_set(error, UV_EINVAL,
			"%s:%u: name: VM \"%s\" is already defined at %s", source->name,
			entry->line, vm->name, same->source);
	return object && object(vm, &objection)
		       ? objection_tell(&objection, source, entry->index, error)
		       : 0;
}

static int vms_make_room(struct config *config, size_t more)
{
	size_t count = config->vms_count + more;
	struct vm_config *vms = reallocarray(config->vms, count + 1, sizeof(*vms));

	if (!vms)
		return UV_ENOMEM;
	config->vms = vms;
	memset(vms + config->vms_count, 0, (more + 1) * sizeof(*vms));
	return 0;
}

static int vms_append(struct config *config, const struct key_raw *list,
	const struct source *source, config_object_cb object, struct error *error)
{
	const struct key_raw *raws = list->value;
	_cleanup_free_ unsigned int *lines = calloc(list->count + (size_t)1, sizeof(*lines));
	int code = lines ? vms_make_room(config, list->count) : UV_ENOMEM;

	if (code < 0)
		return error_set(error, code, "out of memory");
	config_locate_items(source->text, source->length, "vms", lines, list->count);
	for (size_t i = 0; code == 0 && i < list->count; i++) {
		const struct entry entry = {.raws = raws, .index = i, .line = lines[i]};
		code = vm_append(config, source, &entry, object, error);
		raws += config_vm_keys.count;
	}
	return code;
}

static int form_check(const struct source *source, struct error *error)
{
	struct config_fault fault;
	int code = config_form_check(source->text, source->length, &fault);

	if (code == UV_EINVAL)
		return error_set(error, code, "%s:%u: %s%s%s", source->name, fault.line, fault.key,
			fault.key[0] ? ": " : "", fault.what);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

/* raws: of the file's table; NULL: the file is empty. */
static int raws_merge(struct config *config, const struct key_raw *raws,
	const struct source *source, config_object_cb object, struct error *error)
{
	int code = 0;

	if (raws && raws[CONFIG_FILE_BROKER].value)
		code = broker_merge(&config->broker, raws[CONFIG_FILE_BROKER].value, source, error);
	if (code == 0 && raws && raws[CONFIG_FILE_VMS].value)
		code = vms_append(config, &raws[CONFIG_FILE_VMS], source, object, error);
	return code;
}

static int merge_written_out(struct config *config, const struct source *source,
	config_object_cb object, struct error *error)
{
	struct complaint complaint = {0};
	cyaml_config_t settings;
	struct key_raw *raws = NULL;
	int code = 0;
	struct schema *schema = schema_create(&config_file_keys);
	if (!schema)
		return error_set(error, UV_ENOMEM, "out of memory");
	complaint_listen(&complaint, &settings);
	if (cyaml_load_data((const uint8_t *)source->text, source->length, &settings,
		    schema_value(schema), (cyaml_data_t **)&raws, NULL) == CYAML_OK)
		code = raws_merge(config, raws, source, object, error);
	else
		code = complaint_tell(&complaint, source->name, &config_file_keys, error);
	if (raws)
		cyaml_free(&settings, schema_value(schema), raws, 0);
	schema_destroy(schema);
	return code;
}

static int merge(struct config *config, const struct source *source, config_object_cb object,
	struct error *error)
{
	struct source written_out = *source;
	_cleanup_free_ char *text = NULL;
	int code = form_check(source, error);

	if (code < 0)
		return code;
	code = config_short_expand(
		&config_file_keys, source->text, source->length, &text, &written_out.length);
	if (code < 0)
		return error_set(error, code, "out of memory");
	written_out.text = text;
	return merge_written_out(config, &written_out, object, error);
}

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config && keys_fill(&config_broker_keys, &config->broker) == 0)
		return config;
	config_destroy(config);
	return NULL;
}

void config_destroy(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->vms_count; i++) {
		keys_finish(&config_vm_keys, &config->vms[i]);
		free((char *)config->vms[i].source);
	}
	free(config->vms);
	keys_finish(&config_broker_keys, &config->broker);
	free(config);
}

const struct vm_config *config_find(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->vms_count; i++)
		if (strcmp(config->vms[i].name, name) == 0)
			return &config->vms[i];
	return NULL;
}

int config_parse(
	const char *text, size_t length, const char *name, struct config **ret, struct error *error)
{
	const struct source source = {.name = name, .text = text, .length = length};
	struct config *config = config_new();

	if (!config)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = merge(config, &source, NULL, error);
	if (code < 0)
		config_destroy(config);
	else
		*ret = config;
	return code;
}

/* ---- files ---- */

static int file_read(const char *path, char **ret_text, size_t *ret_length, struct error *error)
{
	/* Nobody is waited for, should it be a named pipe. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	_cleanup_free_ char *text = malloc(FILE_SIZE_MAX + 1);
	struct stat status;
	size_t length = 0;
	ssize_t count = 1;

	if (fd < 0)
		return error_set(error, -errno, "cannot read the configuration %s: %s", path,
			uv_strerror(-errno));
	if (!text)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return error_set(error, UV_EINVAL, "%s is not a regular file", path);
	while (count > 0 && length <= FILE_SIZE_MAX) {
		count = read(fd, text + length, FILE_SIZE_MAX + 1 - length);
		if (count < 0)
			return error_set(error, -errno, "cannot read the configuration %s: %s",
				path, uv_strerror(-errno));
		length += (size_t)count;
	}
	if (length > FILE_SIZE_MAX)
		return error_set(
			error, UV_E2BIG, "%s is larger than %d bytes", path, FILE_SIZE_MAX);
	*ret_text = steal_pointer(&text);
	*ret_length = length;
	return 0;
}

static int merge_file(
	struct config *config, const char *path, config_object_cb object, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int code = file_read(path, &text, &length, error);

	if (code < 0)
		return code;
	return merge(config, &(const struct source){.name = path, .text = text, .length = length},
		object, error);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int merge_drop_ins(
	struct config *config, const char *main_path, config_object_cb object, struct error *error)
{
	const char *slash = strrchr(main_path, '/');
	char folder[4096], path[4096 + 256 + 2];
	struct dirent **entries;
	int code = 0;

	snprintf(folder, sizeof(folder), "%.*sconf.d", slash ? (int)(slash + 1 - main_path) : 0,
		main_path);
	int count = scandir(folder, &entries, is_drop_in, alphasort);
	if (count < 0)
		return errno == ENOENT ? 0
				       : error_set(error, -errno, "cannot read %s: %s", folder,
						 uv_strerror(-errno));
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (code == 0)
			code = merge_file(config, path, object, error);
		free(entries[i]);
	}
	free(entries);
	return code;
}

int config_load(const char *path, config_object_cb object, struct config **ret, struct error *error)
{
	struct config *config = config_new();

	if (!config)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = merge_file(config, path, object, error);
	if (code == 0)
		code = merge_drop_ins(config, path, object, error);
	if (code < 0)
		config_destroy(config);
	else
		*ret = config;
	return code;
}
