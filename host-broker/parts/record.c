#include "host-broker/parts/record.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/boot-id.h"
#include "proto/base/cleanup.h"
#include "proto/host/paths.h"

#define RECORD_VERSION 1
/* A file of the configuration, which has at most 1 MiB, with each character escaped in the one way
 * and then in the other: "\\u0001". */
#define RECORD_SIZE_MAX (8 * 1024 * 1024)

static json_t *id_pack(struct process_id id)
{
	return json_pack("[i, I]", (int)id.pid, (json_int_t)id.start_time);
}

/* Brokers that know no other parts want to find both. */
static const char *const first_keys[] = {"vsock_device", "monitor"};

static json_t *parts_pack(const struct record *record)
{
	json_t *processes = json_object();

	for (size_t i = 0; i < sizeof(first_keys) / sizeof(first_keys[0]); i++)
		json_object_set_new(
			processes, first_keys[i], id_pack(record_process(record, first_keys[i])));
	for (size_t i = 0; i < record->parts_count; i++)
		json_object_set_new(
			processes, record->parts[i].key, id_pack(record->parts[i].process));
	return processes;
}

static char *record_format(const struct record *record)
{
	char boot_id[BOOT_ID_SIZE];

	boot_id_get(boot_id);
	json_t *root = json_pack("{s:i, s:s, s:s, s:b, s:I, s:I, s:I, s:o}", "version",
		RECORD_VERSION, "boot_id", boot_id, "monitor", record->monitor, "kvm",
		(int)record->kvm, "started_ms", (json_int_t)record->started_ms, "started_boot_ms",
		(json_int_t)record->started_boot_ms, "cid", (json_int_t)record->cid, "processes",
		parts_pack(record));
	if (!root)
		return NULL;
	if (record->generation)
		json_object_set_new(root, "generation", json_integer(record->generation));
	if (record->config)
		json_object_set_new(root, "config", json_string(record->config));
	char *text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

static int write_whole(const char *path, const char *text, size_t length)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return -errno;
	ssize_t written = write(fd, text, length);
	if (written < 0)
		return -errno;
	return (size_t)written == length ? 0 : UV_ENOSPC;
}

void record_finish(struct record *record)
{
	free(record->config);
	record->config = NULL;
}

/* text: NULL when memory is short. */
static int record_replace(const char *path, const char *text)
{
	char temporary[PATH_SIZE + 8];

	if (!text)
		return UV_ENOMEM;
	if (strlen(text) > RECORD_SIZE_MAX)
		return UV_E2BIG;
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	int code = write_whole(temporary, text, strlen(text));
	if (code == 0 && rename(temporary, path) < 0)
		code = -errno;
	if (code < 0)
		unlink(temporary);
	return code;
}

int record_write(const char *path, const struct record *record)
{
	_cleanup_free_ char *text = record_format(record);

	return record_replace(path, text);
}

struct process_id record_process(const struct record *record, const char *key)
{
	for (size_t i = 0; i < record->parts_count; i++)
		if (strcmp(record->parts[i].key, key) == 0)
			return record->parts[i].process;
	return (struct process_id){0};
}

static bool id_unpack(json_t *value, struct process_id *ret)
{
	json_int_t pid, start;

	if (json_unpack(value, "[I, I]", &pid, &start) < 0 || pid < 0 || pid > INT_MAX || start < 0)
		return false;
	*ret = (struct process_id){.pid = (pid_t)pid, .start_time = (uint64_t)start};
	return true;
}

static bool part_unpack(const char *key, json_t *value, struct record *record)
{
	struct part_record part = {0};

	if (strlen(key) >= sizeof(part.key) || !id_unpack(value, &part.process))
		return false;
	if (part.process.pid == 0)
		return true;
	if (record->parts_count == PARTS_MAX)
		return false;
	memcpy(part.key, key, strlen(key) + 1);
	record->parts[record->parts_count++] = part;
	return true;
}

/* What every version has. */
static int parts_unpack(json_t *root, struct record *record)
{
	const char *boot_id, *key;
	char current[BOOT_ID_SIZE];
	json_t *processes, *value;
	int version;

	if (json_unpack(root, "{s:i, s:s, s:o}", "version", &version, "boot_id", &boot_id,
		    "processes", &processes) < 0 ||
		version < RECORD_VERSION || !json_is_object(processes))
		return UV_EINVAL;
	json_object_foreach (processes, key, value) {
		if (!part_unpack(key, value, record))
			return UV_EINVAL;
	}
	boot_id_get(current);
	if (strcmp(boot_id, current) != 0)
		return UV_ENOENT;
	return version > RECORD_VERSION ? UV_ENOTSUP : 0;
}

/* For a record of a broker that did not write it down: the monitor's own start. */
static uint64_t boot_ms_of(struct process_id monitor)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return ticks > 0 ? monitor.start_time / (uint64_t)ticks * 1000 : 0;
}

static int run_unpack(json_t *root, struct record *record)
{
	const char *monitor, *config = NULL;
	json_int_t started, since_boot = -1, cid = 0, generation = 0;
	int kvm;

	if (json_unpack(root, "{s:s, s:b, s:I, s?I, s?I, s?I, s?s}", "monitor", &monitor, "kvm",
		    &kvm, "started_ms", &started, "started_boot_ms", &since_boot, "cid", &cid,
		    "generation", &generation, "config", &config) < 0 ||
		started < 0 || cid < 0 || cid > UINT32_MAX || generation < 0 ||
		generation > UINT32_MAX || strlen(monitor) >= sizeof(record->monitor))
		return UV_EINVAL;
	memcpy(record->monitor, monitor, strlen(monitor) + 1);
	record->kvm = kvm;
	record->started_ms = (uint64_t)started;
	record->started_boot_ms = since_boot >= 0 ? (uint64_t)since_boot
						  : boot_ms_of(record_process(record, "monitor"));
	record->cid = (uint32_t)cid;
	record->generation = (unsigned int)generation;
	if (config && !(record->config = strdup(config)))
		return UV_ENOMEM;
	return 0;
}

static int record_unpack(json_t *root, struct record *ret)
{
	*ret = (struct record){0};
	int code = parts_unpack(root, ret);

	return code == 0 ? run_unpack(root, ret) : code;
}

static int text_read(int fd, char **ret_text, size_t *ret_length)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode) || status.st_size > RECORD_SIZE_MAX)
		return UV_EINVAL;
	*ret_text = malloc((size_t)status.st_size + 1);
	if (!*ret_text)
		return UV_ENOMEM;
	ssize_t length = read(fd, *ret_text, (size_t)status.st_size);
	*ret_length = length < 0 ? 0 : (size_t)length;
	return length < 0 ? -errno : 0;
}

/* NULL, and *ret_code, when it cannot be read. */
static json_t *json_read(const char *path, int *ret_code)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	*ret_code = fd < 0 ? -errno : text_read(fd, &text, &length);
	if (*ret_code < 0)
		return NULL;
	json_t *root = json_loadb(text, length, 0, NULL);
	*ret_code = root ? 0 : UV_EINVAL;
	return root;
}

int record_read(const char *path, struct record *ret)
{
	int code;
	json_t *root = json_read(path, &code);

	if (root)
		code = record_unpack(root, ret);
	json_decref(root);
	return code;
}

int record_set_config(const char *path, const char *config)
{
	int code;
	json_t *root = json_read(path, &code);
	const char *recorded = root ? json_string_value(json_object_get(root, "config")) : NULL;

	if (root && !(recorded && strcmp(recorded, config) == 0)) {
		_cleanup_free_ char *text =
			json_object_set_new(root, "config", json_string(config)) == 0
				? json_dumps(root, JSON_COMPACT)
				: NULL;
		code = record_replace(path, text);
	}
	json_decref(root);
	return code;
}

void record_kill(uv_loop_t *loop, const struct record *record)
{
	struct process *process;

	for (size_t i = 0; i < record->parts_count; i++) {
		if (process_adopt(loop, record->parts[i].process, NULL, NULL, &process) < 0)
			continue;
		process_kill(process, SIGKILL);
		process_destroy(process);
	}
}
