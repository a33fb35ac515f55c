#include "guest-agent/setup/user.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-agent/setup/files.h"
#include "guest-agent/setup/table-text.h"
#include "proto/base/cleanup.h"

#define PASSWD "etc/passwd"
#define GROUP "etc/group"
#define SHADOW "etc/shadow"
#define GSHADOW "etc/gshadow"

enum { PASSWD_NAME, PASSWD_WORD, PASSWD_UID, PASSWD_GID, PASSWD_TEXT, PASSWD_HOME, PASSWD_SHELL };
enum { GROUP_NAME, GROUP_WORD, GROUP_GID, GROUP_MEMBERS };

struct making {
	const char *root;
	const char *name;
	char uid[16];
};

/* ---- one table ---- */

/* Puts line in the place of the record that has value in field, or behind all. */
static int record_put(
	const char *root, const char *path, unsigned int field, const char *value, const char *line)
{
	_cleanup_free_ char *text = files_read(root, path);
	_cleanup_free_ char *made =
		text ? table_put(text, table_find(text, field, value), line) : NULL;

	return made ? files_write(root, path, made, 0644) : -ENOMEM;
}

/* False: there is none. */
static bool record_get(const char *root, const char *path, unsigned int field, const char *value,
	char ret[TABLE_LINE_MAX])
{
	_cleanup_free_ char *text = files_read(root, path);
	const char *record = text ? table_find(text, field, value) : NULL;
	size_t length = record ? strcspn(record, "\n") : 0;

	if (!record || length >= TABLE_LINE_MAX)
		return false;
	snprintf(ret, TABLE_LINE_MAX, "%.*s", (int)length, record);
	return true;
}

/* Changes a field of the record that has value in its first. Nothing happens where there is none.
 */
static int record_change(
	const char *root, const char *path, const char *value, unsigned int field, const char *to)
{
	char record[TABLE_LINE_MAX], line[TABLE_LINE_MAX];

	if (!record_get(root, path, 0, value, record))
		return 0;
	return table_change(record, field, to, line) ? record_put(root, path, 0, value, line)
						     : -ENAMETOOLONG;
}

/* A new record, in a table that the guest has and that does not name it. */
static int record_add(const char *root, const char *path, const char *name, const char *line)
{
	char record[TABLE_LINE_MAX];

	if (!files_has(root, path) || record_get(root, path, 0, name, record))
		return 0;
	return record_put(root, path, 0, name, line);
}

/* ---- what is done ---- */

/* The number of his group: one of his name, one of his number, or a new one. */
static int group_make(const struct making *making, char ret_gid[16])
{
	char record[TABLE_LINE_MAX], line[TABLE_LINE_MAX];

	snprintf(ret_gid, 16, "%s", making->uid);
	if (record_get(making->root, GROUP, GROUP_NAME, making->name, record)) {
		table_field(record, GROUP_GID, ret_gid, 16);
		return 0;
	}
	if (record_get(making->root, GROUP, GROUP_GID, making->uid, record))
		return 0;
	snprintf(line, sizeof(line), "%s:x:%s:", making->name, making->uid);
	int code = record_put(making->root, GROUP, GROUP_NAME, making->name, line);
	snprintf(line, sizeof(line), "%s:!::", making->name);
	return code < 0 ? code : record_add(making->root, GSHADOW, making->name, line);
}

/* As a member, which is the same field in group and gshadow. */
static int group_join(const struct making *making, const char *path, const char *group)
{
	char record[TABLE_LINE_MAX], members[TABLE_LINE_MAX], joined[TABLE_LINE_MAX];

	if (!record_get(making->root, path, GROUP_NAME, group, record) ||
		table_lists(record, GROUP_MEMBERS, making->name))
		return 0;
	table_field(record, GROUP_MEMBERS, members, sizeof(members));
	if (snprintf(joined, sizeof(joined), "%s%s%s", members, members[0] ? "," : "",
		    making->name) >= (int)sizeof(joined))
		return -ENAMETOOLONG;
	return record_change(making->root, path, group, GROUP_MEMBERS, joined);
}

/* Devices that programs of a desktop use, where the guest has such groups. */
static int groups_join(const struct making *making)
{
	static const char *const groups[] = {
		"audio", "video", "render", "plugdev", "dialout", "cdrom"};
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(groups) / sizeof(groups[0]); i++) {
		code = group_join(making, GROUP, groups[i]);
		if (code == 0)
			code = group_join(making, GSHADOW, groups[i]);
	}
	return code;
}

static int user_add(const struct making *making)
{
	char gid[16], line[TABLE_LINE_MAX];
	int code = group_make(making, gid);

	if (code < 0)
		return code;
	/* Nobody logs in by a password. */
	snprintf(line, sizeof(line), "%s:*:19700:0:99999:7:::", making->name);
	code = record_add(making->root, SHADOW, making->name, line);
	snprintf(line, sizeof(line), "%s:x:%s:%s::/home/%s:%s", making->name, making->uid, gid,
		making->name, files_has(making->root, "bin/bash") ? "/bin/bash" : "/bin/sh");
	if (code == 0)
		code = record_put(making->root, PASSWD, PASSWD_NAME, making->name, line);
	return code < 0 ? code : groups_join(making);
}

/* As usermod -l and groupmod -n do it. */
static int user_rename(const struct making *making, const char *before)
{
	static const char *const tables[] = {GROUP, GSHADOW, SHADOW, PASSWD};
	int code = 0;

	for (size_t i = 0; code == 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		code = record_change(making->root, tables[i], before, 0, making->name);
	return code;
}

static unsigned long number_of(const char *text)
{
	return isdigit((unsigned char)text[0]) ? strtoul(text, NULL, 10) : 0;
}

static bool is_ordinary(const char *uid)
{
	return number_of(uid) >= USER_UID_MIN && number_of(uid) <= USER_UID_MAX;
}

/* He is there, with another number. */
static int user_renumber(const struct making *making, const char *record, struct problems *problems)
{
	char uid[16], other[TABLE_LINE_MAX];

	table_field(record, PASSWD_UID, uid, sizeof(uid));
	if (!is_ordinary(uid))
		problems_add(problems,
			"the image's user %s belongs to its system: it keeps its number %s",
			making->name, uid);
	else if (record_get(making->root, PASSWD, PASSWD_UID, making->uid, other))
		problems_add(problems,
			"the image's user %s keeps its number %s: %s is another user's",
			making->name, uid, making->uid);
	else
		return record_change(making->root, PASSWD, making->name, PASSWD_UID, making->uid);
	return 0;
}

static int user_settle(const struct making *making, struct problems *problems)
{
	char record[TABLE_LINE_MAX], field[64];

	if (record_get(making->root, PASSWD, PASSWD_NAME, making->name, record)) {
		table_field(record, PASSWD_UID, field, sizeof(field));
		return strcmp(field, making->uid) == 0 ? 0
						       : user_renumber(making, record, problems);
	}
	/* What a folder of homes could be left by, or a number be taken for. */
	if (!isalpha((unsigned char)making->name[0]) && making->name[0] != '_') {
		problems_add(problems, "cannot make the user %s: a name begins with a letter",
			making->name);
		return 0;
	}
	if (record_get(making->root, PASSWD, PASSWD_UID, making->uid, record)) {
		table_field(record, PASSWD_NAME, field, sizeof(field));
		return user_rename(making, field);
	}
	return user_add(making);
}

/* As lckpwdf(3), for a root of our own: other programs that change users keep away meanwhile. */
static int tables_lock(const char *root)
{
	const struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char place[PATH_MAX];

	if (!files_path(root, "etc/.pwd.lock", place))
		return -ENAMETOOLONG;
	_cleanup_close_ int fd = open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	return fd < 0 || fcntl(fd, F_SETLK, &whole) < 0 ? -errno : steal_fd(&fd);
}

static bool user_find(const char *root, const char *name, struct setup_user *ret)
{
	char record[TABLE_LINE_MAX], field[16];

	if (!record_get(root, PASSWD, PASSWD_NAME, name, record))
		return false;
	table_field(record, PASSWD_UID, field, sizeof(field));
	ret->uid = (uid_t)number_of(field);
	table_field(record, PASSWD_GID, field, sizeof(field));
	ret->gid = (gid_t)number_of(field);
	table_field(record, PASSWD_HOME, ret->home, sizeof(ret->home));
	return true;
}

bool user_make(const char *root, const char *name, uid_t uid, struct setup_user *ret,
	struct problems *problems)
{
	struct making making = {.root = root, .name = name};
	_cleanup_close_ int lock = strcmp(name, "root") == 0 ? -1 : tables_lock(root);
	int code = lock;

	snprintf(making.uid, sizeof(making.uid), "%u", uid);
	if (lock >= 0)
		code = user_settle(&making, problems);
	if (code < 0 && strcmp(name, "root") != 0)
		problems_add(problems, "cannot make the user %s: %s", name, strerror(-code));
	return user_find(root, name, ret);
}
