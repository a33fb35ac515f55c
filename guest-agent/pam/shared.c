#include "guest-agent/pam/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/pam/conversation.h"
#include "guest-agent/pam/leave.h"
#include "guest-agent/pam/logind.h"
#include "proto/base/cleanup.h"

#define FOLDER "/run/vmsilo"
#define RECORDS FOLDER "/sessions"
#define CGROUPS "/sys/fs/cgroup"
#define MOVE_ROUNDS 8 /* new ones may come while the others move */

/* ---- control groups ---- */

/* The list of processes of our own: "0::/PATH" (cgroups(7)). */
static bool own_group(char ret[PATH_MAX])
{
	char line[PATH_MAX];
	FILE *file = fopen("/proc/self/cgroup", "re");
	bool found = file && fgets(line, sizeof(line), file) && strncmp(line, "0::", 3) == 0;

	if (file)
		fclose(file);
	if (!found)
		return false;
	line[strcspn(line, "\n")] = '\0';
	return snprintf(ret, PATH_MAX, CGROUPS "%s/cgroup.procs", line + 3) < PATH_MAX;
}

static int process_move(const char *pid, const char *to)
{
	_cleanup_close_ int fd = open(to, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, pid, strlen(pid)) < 0 ? -errno : 0;
}

/* Returns whether there was any. */
static bool group_move(const char *from, const char *to)
{
	FILE *list = fopen(from, "re");
	bool any = false;
	char pid[32];

	while (list && fgets(pid, sizeof(pid), list)) {
		any = true;
		process_move(pid, to); /* one that has ended meanwhile is no loss */
	}
	if (list)
		fclose(list);
	return any;
}

/* ---- the record ---- */

static bool text_add(struct shared_session *shared, const char *text)
{
	size_t length = strlen(text) + 1;

	if (length > sizeof(shared->text) - shared->size)
		return false;
	memcpy(shared->text + shared->size, text, length);
	shared->size += length;
	return true;
}

static bool record_write(int fd, pam_handle_t *pam)
{
	struct shared_session shared = {0};
	char group[PATH_MAX], **variables = pam_getenvlist(pam);
	bool good = variables && own_group(group) && text_add(&shared, group);

	for (size_t i = 0; good && variables[i]; i++)
		good = text_add(&shared, variables[i]);
	return good && ftruncate(fd, 0) == 0 &&
	       pwrite(fd, shared.text, shared.size, 0) == (ssize_t)shared.size;
}

static int record_read(int fd, struct shared_session *ret)
{
	ssize_t size = pread(fd, ret->text, sizeof(ret->text), 0);

	if (size <= 0 || ret->text[size - 1] != '\0')
		return size < 0 ? -errno : -ENOENT;
	ret->size = (size_t)size;
	return 0;
}

static int record_open(uid_t uid, const char *suffix)
{
	char path[64];

	mkdir(FOLDER, 0755);
	mkdir(RECORDS, 0700);
	snprintf(path, sizeof(path), RECORDS "/%u%s", uid, suffix);
	return open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
}

/* ---- the holder ---- */

/* pam_systemd is content without logind; we are not. */
static bool session_open(const char *user, pam_handle_t **ret)
{
	return pam_start("vmsilo-logind", user, &conversation_none, ret) == PAM_SUCCESS &&
	       logind_session_describe(*ret) == PAM_SUCCESS &&
	       pam_open_session(*ret, PAM_SILENT) == PAM_SUCCESS &&
	       pam_getenv(*ret, "XDG_SESSION_ID");
}

/* Ends by a signal: logind watches the leader of a session. */
static _Noreturn void holder_run(const char *user, int record, int ready)
{
	pam_handle_t *pam = NULL;

	if (chdir("/") < 0 || !session_open(user, &pam) || flock(record, LOCK_EX) < 0 ||
		!record_write(record, pam) || write(ready, "", 1) != 1)
		_exit(1);
	close(ready);
	for (;;)
		pause();
}

static int holder_start(const char *user, int record, int lock)
{
	int ends[2];
	char byte;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	int code = process_leave();
	if (code == 1) {
		close(lock);
		close(ends[0]);
		holder_run(user, record, ends[1]);
	}
	close(ends[1]);
	if (code == 0 && read(ends[0], &byte, 1) != 1)
		code = -ESRCH;
	close(ends[0]);
	return code;
}

/* Who tries has the lock for a moment, and nobody else tries then. */
static bool is_held(int record)
{
	return flock(record, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

int shared_session_get(const char *user, uid_t uid, struct shared_session *ret)
{
	_cleanup_close_ int lock = record_open(uid, ".lock");
	_cleanup_close_ int record = record_open(uid, "");

	if (lock < 0 || record < 0 || flock(lock, LOCK_EX) < 0)
		return -errno;
	int code = is_held(record) ? 0 : holder_start(user, record, lock);
	return code < 0 ? code : record_read(record, ret);
}

/* ---- who enters ---- */

int shared_session_enter(const struct shared_session *shared, pam_handle_t *pam)
{
	const char *end = shared->text + shared->size;
	int code = process_move("0", shared->text);

	for (const char *at = shared->text + strlen(shared->text) + 1; code == 0 && at < end;
		at += strlen(at) + 1)
		if (pam_putenv(pam, at) != PAM_SUCCESS)
			code = -ENOMEM;
	return code;
}

void shared_session_enter_all(const struct shared_session *shared)
{
	char own[PATH_MAX];

	if (own_group(own) && strcmp(own, shared->text) != 0)
		for (int round = 0; round < MOVE_ROUNDS && group_move(own, shared->text); round++)
			continue;
}
