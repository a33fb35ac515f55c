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

#include "host-broker/config/check.h"
#include "host-broker/config/form.h"
#include "host-broker/config/locate.h"
#include "host-broker/config/schema.h"
#include "host-broker/config/units.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"

#define FILE_SIZE_MAX (1024 * 1024) /* bytes; some ten thousand VMs */

/* ---- libcyaml's complaint, as one line ---- */

/* It logs the complaint first, then a backtrace whose first line has the key and the line. */
struct complaint {
	char text[256];
	char key[64];
	unsigned int line;
	unsigned int lines_seen;
};

static void on_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void on_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
	struct complaint *complaint = context;
	char line[256];
	const char *text = line;

	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(text, "Load: ", 6) == 0)
		text += 6;
	if (complaint->lines_seen == 0)
		snprintf(complaint->text, sizeof(complaint->text), "%s", text);
	const char *at = strstr(text, "(line: ");
	if (at && complaint->line == 0) {
		complaint->line = (unsigned int)strtoul(at + 7, NULL, 10);
		sscanf(text, " in mapping field '%63[^']'", complaint->key);
	}
	complaint->lines_seen++;
}

static int complaint_tell(const struct complaint *complaint, const char *name, struct error *error)
{
	const char *expected = config_expected(complaint->key);
	bool of_key = complaint->key[0] && strncmp(complaint->text, "Missing", 7) != 0 &&
		      strncmp(complaint->text, "Unexpected", 10) != 0;

	if (of_key && expected[0])
		return error_set(error, UV_EINVAL, "%s:%u: %s: %s; expected %s", name,
			complaint->line, complaint->key, complaint->text, expected);
	return error_set(error, UV_EINVAL, "%s:%u: %s", name, complaint->line, complaint->text);
}

/* ---- files into one configuration ---- */

static const cyaml_config_t *cyaml_settings(cyaml_config_t *settings, struct complaint *complaint)
{
	*settings = (cyaml_config_t){
		.log_fn = on_complaint,
		.log_ctx = complaint,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
	};
	return settings;
}

static int text_replace(const char **place, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy)
		return UV_ENOMEM;
	if (copy) {
		free((char *)*place);
		*place = copy;
	}
	return 0;
}

static int size_replace(
	uint64_t *place, const char *text, const char *key, const char *name, struct error *error)
{
	uint64_t bytes;

	if (!text)
		return 0;
	if (units_parse_size(text, &bytes) < 0 || bytes > INT64_MAX)
		return error_set(error, UV_EINVAL, "%s: broker: %s: '%s'; expected %s", name, key,
			text, config_expected(key));
	*place = bytes;
	return 0;
}

static int sizes_merge(struct broker_config *broker, const struct file_broker *file,
	const char *name, struct error *error)
{
	int code = size_replace(
		&broker->memory_reserve_bytes, file->memory_reserve, "memory_reserve", name, error);

	return code < 0 ? code
			: size_replace(&broker->memory_budget_bytes, file->memory_budget,
				  "memory_budget", name, error);
}

static int broker_merge(struct broker_config *broker, const struct file_broker *file,
	const char *name, struct error *error)
{
	if (file->log_level && log_level_parse(file->log_level) < 0)
		return error_set(error, UV_EINVAL, "%s: broker: log_level: '%s'; expected %s", name,
			file->log_level, config_expected("log_level"));
	if (file->image_dir && file->image_dir[0] && file->image_dir[0] != '/')
		return error_set(error, UV_EINVAL, "%s: broker: image_dir: '%s'; expected %s", name,
			file->image_dir, config_expected("image_dir"));
	if (file->run_as && file->run_as[0] && !text_is_user_name(file->run_as))
		return error_set(error, UV_EINVAL, "%s: broker: run_as: '%s'; expected %s", name,
			file->run_as, config_expected("run_as"));
	if (file->uid_range && !uid_range_parse(file->uid_range, &broker->uid_range))
		return error_set(error, UV_EINVAL, "%s: broker: uid_range: '%s'; expected %s", name,
			file->uid_range, config_expected("uid_range"));
	if (file->idle_exit && units_parse_time(file->idle_exit, &broker->idle_exit_ms) < 0)
		return error_set(error, UV_EINVAL, "%s: broker: idle_exit: '%s'; expected %s", name,
			file->idle_exit, config_expected("idle_exit"));
	int code = sizes_merge(broker, file, name, error);
	if (code < 0)
		return code;
	code = text_replace(&broker->image_dir, file->image_dir);
	if (code == 0)
		code = text_replace(&broker->run_as, file->run_as);
	if (code == 0)
		code = text_replace(&broker->qemu, file->qemu);
	if (code == 0)
		code = text_replace(&broker->log_level, file->log_level);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

struct source {
	const char *name;
	const char *text;
	size_t length;
};

static int vm_append(struct config *config, const struct file_vm *file, const struct source *source,
	size_t index, struct error *error)
{
	struct vm_config *vm = &config->vms[config->vms_count];
	struct config_problem problem = {0};
	unsigned int line = config_locate(source->text, source->length, index, NULL);
	const struct vm_config *same = config_find(config, file->name);
	char place[4096 + 16];

	if (same)
		return error_set(error, UV_EINVAL, "%s:%u: name: a VM \"%s\" stands at %s already",
			source->name, line, file->name, same->source);
	config->vms_count++;
	int code = vm_config_make(file, vm, &problem);
	if (code == UV_EINVAL)
		return error_set(error, code, "%s:%u: %s: expected %s", source->name,
			config_locate(source->text, source->length, index, problem.key),
			problem.key, problem.expected);
	snprintf(place, sizeof(place), "%s:%u", source->name, line);
	if (code == 0 && !(vm->source = strdup(place)))
		code = UV_ENOMEM;
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

static int vms_append(struct config *config, const struct file_config *file,
	const struct source *source, struct error *error)
{
	size_t count = config->vms_count + file->vms_count;
	struct vm_config *vms = reallocarray(config->vms, count + 1, sizeof(*vms));

	if (!vms)
		return error_set(error, UV_ENOMEM, "out of memory");
	config->vms = vms;
	memset(vms + config->vms_count, 0, (count + 1 - config->vms_count) * sizeof(*vms));
	for (size_t i = 0; i < file->vms_count; i++) {
		int code = vm_append(config, &file->vms[i], source, i, error);
		if (code < 0)
			return code;
	}
	return 0;
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

static int merge(struct config *config, const struct source *source, struct error *error)
{
	struct complaint complaint = {0};
	struct file_config *file = NULL;
	cyaml_config_t settings;
	int code = form_check(source, error);

	if (code < 0)
		return code;
	if (cyaml_load_data((const uint8_t *)source->text, source->length,
		    cyaml_settings(&settings, &complaint), &config_schema, (cyaml_data_t **)&file,
		    NULL) != CYAML_OK)
		return complaint_tell(&complaint, source->name, error);
	if (!file)
		return 0;
	if (file->broker)
		code = broker_merge(&config->broker, file->broker, source->name, error);
	if (code == 0)
		code = vms_append(config, file, source, error);
	cyaml_free(&settings, &config_schema, file, 0);
	return code;
}

static struct config *config_new(void)
{
	struct config *config = calloc(1, sizeof(*config));

	if (config)
		config->broker = (struct broker_config){.memory_reserve_bytes = MEMORY_RESERVE_AUTO,
			.idle_exit_ms = IDLE_EXIT_MS,
			.uid_range = {UID_RANGE_STANDARD_FIRST, UID_RANGE_STANDARD_LAST}};
	if (config && text_replace(&config->broker.image_dir, "") == 0 &&
		text_replace(&config->broker.run_as, "") == 0 &&
		text_replace(&config->broker.qemu, "qemu-system-x86_64") == 0 &&
		text_replace(&config->broker.log_level, "info") == 0)
		return config;
	config_destroy(config);
	return NULL;
}

void config_destroy(struct config *config)
{
	if (!config)
		return;
	for (size_t i = 0; i < config->vms_count; i++)
		vm_config_finish(&config->vms[i]);
	free(config->vms);
	free((char *)config->broker.image_dir);
	free((char *)config->broker.qemu);
	free((char *)config->broker.log_level);
	free((char *)config->broker.run_as);
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
	int code = merge(config, &source, error);
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
		return error_set(error, UV_EINVAL, "%s is no regular file", path);
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

static int merge_file(struct config *config, const char *path, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	int code = file_read(path, &text, &length, error);

	if (code < 0)
		return code;
	return merge(config, &(const struct source){.name = path, .text = text, .length = length},
		error);
}

static int is_drop_in(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

static int merge_drop_ins(struct config *config, const char *main_path, struct error *error)
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
			code = merge_file(config, path, error);
		free(entries[i]);
	}
	free(entries);
	return code;
}

int config_load(const char *path, struct config **ret, struct error *error)
{
	struct config *config = config_new();

	if (!config)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = merge_file(config, path, error);
	if (code == 0)
		code = merge_drop_ins(config, path, error);
	if (code < 0)
		config_destroy(config);
	else
		*ret = config;
	return code;
}
