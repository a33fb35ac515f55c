#include "host-broker/users/taken.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#define LINE_SIZE 512
#define LISTED_MAX \
	10000 /* users that are looked through: a directory service may list a million \
	       */

static int taken(struct error *error, unsigned long number, const char *kind, const char *whose)
{
	return error_set(error, UV_EEXIST, "%lu is used by %s %s", number, kind, whose);
}

/* ---- users and groups ---- */

static int one_check(uid_t uid, struct error *error)
{
	const struct passwd *user = getpwuid(uid);

	if (user)
		return taken(error, uid, "the user", user->pw_name);
	const struct group *group = getgrgid(uid);
	return group ? taken(error, uid, "the group", group->gr_name) : 0;
}

static int users_check(const struct uid_range *range, struct error *error)
{
	const struct passwd *user;
	int code = 0;

	setpwent();
	for (int i = 0; i < LISTED_MAX && code == 0 && (user = getpwent()); i++)
		if (uid_range_has(range, user->pw_uid))
			code = taken(error, user->pw_uid, "the user", user->pw_name);
	endpwent();
	return code;
}

static int groups_check(const struct uid_range *range, struct error *error)
{
	const struct group *group;
	int code = 0;

	setgrent();
	for (int i = 0; i < LISTED_MAX && code == 0 && (group = getgrent()); i++)
		if (uid_range_has(range, group->gr_gid))
			code = taken(error, group->gr_gid, "the group", group->gr_name);
	endgrent();
	return code;
}

/* ---- what containers have ---- */

/* NAME:FIRST:COUNT */
static int subordinates_check(const char *path, const struct uid_range *range, struct error *error)
{
	FILE *file = fopen(path, "re");
	unsigned long first, count;
	char line[LINE_SIZE], name[LINE_SIZE];
	int code = 0;

	while (file && code == 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%511[^:]:%lu:%lu", name, &first, &count) != 3 || count == 0)
			continue;
		if (first > range->last || first + count - 1 < range->first)
			continue;
		unsigned long met = first > range->first ? first : range->first;
		code = error_set(error, UV_EEXIST, "%lu is reserved for containers of %s (%s)", met,
			name, path);
	}
	if (file)
		fclose(file);
	return code;
}

/* Whether one line of the map has all of them; a kernel without namespaces has no map. */
static int map_check(const char *path, const struct uid_range *range, struct error *error)
{
	FILE *file = fopen(path, "re");
	unsigned long inside, outside, count;
	bool mapped = !file;

	while (file && !mapped && fscanf(file, "%lu %lu %lu", &inside, &outside, &count) == 3)
		mapped = inside <= range->first && inside + count > range->last;
	if (file)
		fclose(file);
	return mapped ? 0
		      : error_set(error, UV_EEXIST,
				"this container has no user numbers %u to %u (%s)", range->first,
				range->last, path);
}

/* ---- all ---- */

int uid_taken_check(const struct uid_range *range, struct error *error)
{
	int code = map_check("/proc/self/uid_map", range, error);

	if (code == 0)
		code = map_check("/proc/self/gid_map", range, error);
	if (code == 0)
		code = one_check(range->first, error);
	if (code == 0 && range->last != range->first)
		code = one_check(range->last, error);
	if (code == 0 && range->last != range->first)
		code = users_check(range, error);
	if (code == 0 && range->last != range->first)
		code = groups_check(range, error);
	if (code == 0)
		code = subordinates_check("/etc/subuid", range, error);
	if (code == 0)
		code = subordinates_check("/etc/subgid", range, error);
	return code;
}
