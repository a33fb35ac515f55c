#include "guest-agent/program/account.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define FILE_SIZE_MAX (16 * 1024 * 1024) /* of passwd and group */

static bool copy(char *out, size_t size, const char *text)
{
	return (size_t)snprintf(out, size, "%s", text) < size;
}

/* The whole file as a stream in memory, since the C library asks for its place in the file at every
 * entry. *ret_text is the caller's to free after it is closed. */
static FILE *file_open(const char *path, char **ret_text)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status = {0};
	bool fits = fd >= 0 && fstat(fd, &status) == 0 && status.st_size > 0 &&
		    status.st_size <= FILE_SIZE_MAX;
	char *text = fits ? malloc((size_t)status.st_size) : NULL;
	ssize_t length = text ? read(fd, text, (size_t)status.st_size) : 0;
	FILE *file = length > 0 ? fmemopen(text, (size_t)length, "r") : NULL;

	if (!file) {
		free(text);
		text = NULL;
	}
	*ret_text = text;
	return file;
}

static int passwd_find(const char *name, uid_t uid, struct account *ret)
{
	_cleanup_free_ char *text = NULL;
	FILE *file = file_open("/etc/passwd", &text);
	const struct passwd *entry;
	int code = UV_ENOENT;

	if (!file)
		return UV_ENOENT;
	while (code == UV_ENOENT && (entry = fgetpwent(file))) {
		if (name[0] ? strcmp(entry->pw_name, name) != 0 : entry->pw_uid != uid)
			continue;
		ret->uid = entry->pw_uid;
		ret->gid = entry->pw_gid;
		code = copy(ret->name, sizeof(ret->name), entry->pw_name) &&
				       copy(ret->home, sizeof(ret->home), entry->pw_dir) &&
				       copy(ret->shell, sizeof(ret->shell),
					       entry->pw_shell[0] ? entry->pw_shell : "/bin/sh")
			       ? 0
			       : UV_ENAMETOOLONG;
	}
	fclose(file);
	return code;
}

static void groups_find(struct account *account)
{
	_cleanup_free_ char *text = NULL;
	FILE *file = file_open("/etc/group", &text);
	const struct group *entry;

	account->groups[0] = account->gid;
	account->groups_count = 1;
	while (file && account->groups_count < ACCOUNT_GROUPS_MAX && (entry = fgetgrent(file)))
		for (char **member = entry->gr_mem; *member; member++)
			if (strcmp(*member, account->name) == 0 && entry->gr_gid != account->gid) {
				account->groups[account->groups_count++] = entry->gr_gid;
				break;
			}
	if (file)
		fclose(file);
}

int account_find(const char *name, struct account *ret)
{
	struct account account = {.home = "/", .shell = "/bin/sh"};
	int code = passwd_find(name, geteuid(), &account);

	if (code == UV_ENOENT && !name[0]) {
		account.uid = geteuid();
		account.gid = getegid();
		snprintf(account.name, sizeof(account.name), "%u", account.uid);
		code = 0;
	}
	if (code < 0)
		return code;
	/* If we have these rights already, nothing changes; see account_become(). */
	if (account.uid != geteuid())
		groups_find(&account);
	*ret = account;
	return 0;
}

int account_become(const struct account *account)
{
	if (account->uid == geteuid())
		return 0;
	if (setgroups((size_t)account->groups_count, account->groups) < 0 ||
		setresgid(account->gid, account->gid, account->gid) < 0 ||
		setresuid(account->uid, account->uid, account->uid) < 0)
		return -errno;
	return 0;
}

int account_enter(const struct account *account)
{
	if (setgroups((size_t)account->groups_count, account->groups) < 0 ||
		setegid(account->gid) < 0 || seteuid(account->uid) < 0)
		return -errno;
	return 0;
}

int account_leave(void)
{
	return seteuid(0) < 0 || setegid(0) < 0 || setgroups(0, NULL) < 0 ? -errno : 0;
}
