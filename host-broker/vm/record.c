#include "host-broker/vm/record.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define RECORD_VERSION 1
/* A file of the configuration, which has at most 1 MiB, with each character escaped in the one way
 * and then in the other: "\\u0001". */
#define RECORD_SIZE_MAX (8 * 1024 * 1024)
#define BOOT_ID_SIZE 37

static void boot_id_get(char out[BOOT_ID_SIZE])
{
	out[0] = '\0';
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	ssize_t length = read(fd, out, BOOT_ID_SIZE - 1);
	out[length > 0 ? length : 0] = '\0';
}

static json_t *id_pack(struct process_id id)
{
	return json_pack("[i, I]", (int)id.pid, (json_int_t)id.start_time);
}

static char *record_format(const struct record *record)
{
	char boot_id[BOOT_ID_SIZE];

	boot_id_get(boot_id);
	json_t *root = json_pack("{s:i, s:s, s:s, s:b, s:I, s:I, s:I, s:{s:o, s:o}}", "version",
		RECORD_VERSION, "boot_id", boot_id, "monitor", record->monitor, "kvm",
		(int)record->kvm, "started_ms", (json_int_t)record->started_ms, "started_boot_ms",
		(json_int_t)record->started_boot_ms, "cid", (json_int_t)record->cid, "processes",
		"monitor", id_pack(record->ids.monitor), "vsock_device",
		id_pack(record->ids.vsock_device));
	if (!root)
		return NULL;
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

int record_write(const char *path, const struct record *record)
{
	char temporary[PATH_SIZE + 8];
	_cleanup_free_ char *text = record_format(record);

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

static bool id_unpack(json_int_t pid, json_int_t start, struct process_id *ret)
{
	if (pid < 0 || pid > INT_MAX || start < 0)
		return false;
	*ret = (struct process_id){.pid = (pid_t)pid, .start_time = (uint64_t)start};
	return true;
}

/* For a record of a broker that did not write it down: the monitor's own start. */
static uint64_t boot_ms_of(struct process_id monitor)
{
	long ticks = sysconf(_SC_CLK_TCK);

	return ticks > 0 ? monitor.start_time / (uint64_t)ticks * 1000 : 0;
}

static int record_unpack(json_t *root, struct record *ret)
{
	struct record record = {0};
	const char *boot_id, *monitor, *config = NULL;
	char current[BOOT_ID_SIZE];
	int version, kvm;
	json_int_t started, since_boot = -1, cid = 0, pids[4];

	if (json_unpack(root, "{s:i, s:s, s:s, s:b, s:I, s?I, s?I, s?s, s:{s:[I, I], s:[I, I]}}",
		    "version", &version, "boot_id", &boot_id, "monitor", &monitor, "kvm", &kvm,
		    "started_ms", &started, "started_boot_ms", &since_boot, "cid", &cid, "config",
		    &config, "processes", "monitor", &pids[0], &pids[1], "vsock_device", &pids[2],
		    &pids[3]) < 0)
		return UV_EINVAL;
	if (version != RECORD_VERSION || started < 0 || cid < 0 || cid > UINT32_MAX ||
		strlen(monitor) >= sizeof(record.monitor) ||
		!id_unpack(pids[0], pids[1], &record.ids.monitor) ||
		!id_unpack(pids[2], pids[3], &record.ids.vsock_device))
		return UV_EINVAL;
	boot_id_get(current);
	if (strcmp(boot_id, current) != 0)
		return UV_ENOENT;

	memcpy(record.monitor, monitor, strlen(monitor) + 1);
	record.kvm = kvm;
	record.started_ms = (uint64_t)started;
	record.started_boot_ms =
		since_boot >= 0 ? (uint64_t)since_boot : boot_ms_of(record.ids.monitor);
	record.cid = (uint32_t)cid;
	if (config && !(record.config = strdup(config)))
		return UV_ENOMEM;
	*ret = record;
	return 0;
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

int record_read(const char *path, struct record *ret)
{
	_cleanup_free_ char *text = NULL;
	size_t length = 0;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	int code = text_read(fd, &text, &length);
	if (code < 0)
		return code;
	json_t *root = json_loadb(text, length, 0, NULL);
	if (!root)
		return UV_EINVAL;
	code = record_unpack(root, ret);
	json_decref(root);
	return code;
}
