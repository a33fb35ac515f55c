#include "host-broker/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/journal-line.h"
#include "host-broker/unix-time.h"
#include "proto/cleanup.h"
#include "proto/limits.h"
#include "proto/log.h"

/* One VM's. */
struct volume {
	TAILQ_ENTRY(volume) link; /* in journal.volumes */
	char vm[VM_NAME_MAX + 1];
	int fd; /* -1: not open */
	size_t length;
	bool complained;
};

struct journal {
	char *folder;
	TAILQ_HEAD(volume_list, volume) volumes;
};

int journal_create(const char *folder, struct journal **ret)
{
	struct journal *journal = calloc(1, sizeof(*journal));

	if (!journal || !(journal->folder = strdup(folder))) {
		free(journal);
		return UV_ENOMEM;
	}
	TAILQ_INIT(&journal->volumes);
	*ret = journal;
	return 0;
}

static void volume_close(struct volume *volume)
{
	if (volume->fd >= 0)
		close(volume->fd);
	volume->fd = -1;
}

static void volume_free(struct journal *journal, struct volume *volume)
{
	TAILQ_REMOVE(&journal->volumes, volume, link);
	volume_close(volume);
	free(volume);
}

void journal_destroy(struct journal *journal)
{
	struct volume *volume;

	while ((volume = TAILQ_FIRST(&journal->volumes)))
		volume_free(journal, volume);
	free(journal->folder);
	free(journal);
}

static struct volume *volume_find(struct journal *journal, const char *vm)
{
	struct volume *volume;

	TAILQ_FOREACH(volume, &journal->volumes, link)
	if (strcmp(volume->vm, vm) == 0)
		return volume;
	return NULL;
}

static struct volume *volume_get(struct journal *journal, const char *vm)
{
	struct volume *volume = volume_find(journal, vm);

	if (volume)
		return volume;
	volume = calloc(1, sizeof(*volume));
	if (!volume)
		return NULL;
	snprintf(volume->vm, sizeof(volume->vm), "%s", vm);
	volume->fd = -1;
	TAILQ_INSERT_TAIL(&journal->volumes, volume, link);
	return volume;
}

void journal_forget(struct journal *journal, const char *vm)
{
	struct volume *volume = volume_find(journal, vm);

	if (volume)
		volume_free(journal, volume);
}

/* ---- files ---- */

static int path_make(
	const struct journal *journal, const char *vm, const char *name, char ret[PATH_MAX])
{
	int length =
		snprintf(ret, PATH_MAX, "%s/%s%s%s", journal->folder, vm, name[0] ? "/" : "", name);

	return length > 0 && length < PATH_MAX ? 0 : UV_ENAMETOOLONG;
}

/* Makes a folder and those above it. */
static int folder_make(const char *path)
{
	char part[PATH_MAX];

	snprintf(part, sizeof(part), "%s", path);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -errno;
		*slash = '/';
	}
	return mkdir(part, 0700) < 0 && errno != EEXIST ? -errno : 0;
}

static int volume_open(struct journal *journal, struct volume *volume)
{
	char path[PATH_MAX];
	struct stat status;
	int code = path_make(journal, volume->vm, "", path);

	if (code == 0)
		code = folder_make(path);
	if (code == 0)
		code = path_make(journal, volume->vm, "journal", path);
	if (code < 0)
		return code;
	_cleanup_close_ int fd = open(
		path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return UV_EINVAL;
	volume->length = (size_t)status.st_size;
	volume->fd = steal_fd(&fd);
	return 0;
}

static int volume_write(struct volume *volume, const char *line, size_t length)
{
	ssize_t written = write(volume->fd, line, length);

	if (written < 0)
		return -errno;
	volume->length += (size_t)written;
	return (size_t)written == length ? 0 : UV_ENOSPC;
}

static int volume_turn(struct journal *journal, struct volume *volume)
{
	char line[JOURNAL_LINE_SIZE], path[PATH_MAX], before[PATH_MAX];
	size_t length = journal_line_format(line, unix_now_ms(), JOURNAL_SOURCE_TURNED, "", 0);
	int code = path_make(journal, volume->vm, "journal", path);

	if (code == 0)
		code = path_make(journal, volume->vm, "journal.1", before);
	if (code == 0 && rename(path, before) < 0)
		code = -errno;
	if (code < 0)
		return code;
	/* After the rename: who reads this line finds the new file. */
	int kept = volume->fd;
	volume->fd = -1;
	code = volume_open(journal, volume);
	if (write(kept, line, length) < 0)
		log_debug(volume->vm, "the end of its journal could not be marked");
	close(kept);
	return code;
}

static int volume_add(
	struct journal *journal, struct volume *volume, const char *line, size_t length)
{
	int code = volume->fd < 0 ? volume_open(journal, volume) : 0;

	if (code == 0 && volume->length + length > JOURNAL_FILE_MAX)
		code = volume_turn(journal, volume);
	return code < 0 ? code : volume_write(volume, line, length);
}

void journal_add(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t text_length)
{
	struct volume *volume = volume_get(journal, vm);
	char line[JOURNAL_LINE_SIZE];

	if (!volume)
		return;
	size_t length =
		journal_line_format(line, unix_now_ms(), source, untrusted_text, text_length);
	int code = volume_add(journal, volume, line, length);
	if (code < 0) {
		if (!volume->complained)
			log_warning(vm, "cannot write its journal in %s/%s: %s", journal->folder,
				vm, uv_strerror(code));
		volume_close(volume);
	}
	volume->complained = code < 0;
}

int journal_open(struct journal *journal, const char *vm, unsigned int age, int *ret_fd)
{
	char path[PATH_MAX];
	int code = path_make(journal, vm, age == 0 ? "journal" : "journal.1", path);

	if (code < 0)
		return code;
	*ret_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return *ret_fd < 0 ? -errno : 0;
}
