#include "host-broker/users/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/users/vm-uids.h"

#define BUFFER_SIZE 16384
#define GROUP_SIZE 65536 /* a group with all its members */

/* 0, UV_ENOENT, or what the lookup itself met. */
static int user_get(const char *name, struct identity *ret)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];
	int error = getpwnam_r(name, &entry, buffer, sizeof(buffer), &found);

	if (!found)
		return error && error != ENOENT ? -error : UV_ENOENT;
	*ret = (struct identity){
		.uid = found->pw_uid, .gid = found->pw_gid, .groups_count = IDENTITY_GROUPS_MAX};
	/* A user of more groups than fit has the first of them. */
	if (getgrouplist(name, found->pw_gid, ret->groups, &ret->groups_count) < 0)
		ret->groups_count = IDENTITY_GROUPS_MAX;
	return 0;
}

static bool number_get(const char *name, struct identity *ret)
{
	char *end;

	errno = 0;
	unsigned long value = strtoul(name, &end, 10);
	if (errno || *end || end == name || value >= (uid_t)-1)
		return false;
	*ret = (struct identity){.uid = (uid_t)value, .gid = (gid_t)value};
	return true;
}

/* His group, where the number is somebody's. */
static void person_get(uid_t uid, struct identity *ret)
{
	struct passwd entry, *found = NULL;
	char buffer[BUFFER_SIZE];

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
		ret->gid = found->pw_gid;
}

/* Its own group is among its groups. */
static bool is_of_people(const struct identity *identity)
{
	struct group entry, *found = NULL;
	char *buffer = malloc(GROUP_SIZE);
	bool is = false;

	if (buffer && getgrnam_r(IDENTITY_PEOPLE_GROUP, &entry, buffer, GROUP_SIZE, &found) == 0 &&
		found)
		is = identity->gid == found->gr_gid;
	for (int i = 0; found && i < identity->groups_count; i++)
		is = is || identity->groups[i] == found->gr_gid;
	free(buffer);
	return is;
}

int identity_find(const char *name, struct identity *ret, struct error *error)
{
	int code = user_get(name, ret);

	if (code < 0 && number_get(name, ret))
		code = 0;
	if (code < 0)
		return error_set(error, code, "run_as: cannot find user \"%s\": %s", name,
			uv_strerror(code));
	if (ret->uid == 0 || ret->gid == 0)
		return error_set(error, UV_EPERM, "run_as: %s: a VM must not run as root", name);
	if (is_of_people(ret))
		return error_set(error, UV_EPERM,
			"run_as: %s is in the group %s: a VM must not run as a user who can manage "
			"VMs",
			name, IDENTITY_PEOPLE_GROUP);
	return 0;
}

int identity_of_person(const char *name, struct identity *ret, struct error *error)
{
	int code = user_get(name, ret);

	if (code < 0 && number_get(name, ret)) {
		person_get(ret->uid, ret);
		code = 0;
	}
	if (code < 0)
		return error_set(
			error, code, "cannot find user \"%s\": %s", name, uv_strerror(code));
	if (ret->uid == 0 || ret->gid == 0)
		return error_set(error, UV_EPERM, "%s is root", name);
	ret->groups_count = 0;
	return 0;
}

const char *identity_run_as(const struct vm_config *vm, const struct broker_config *broker)
{
	return vm->run_as[0] ? vm->run_as : broker->run_as;
}

int identity_of_vm(const struct vm_config *vm, const struct broker_config *broker,
	struct vm_uids *uids, struct identity *ret, struct error *error)
{
	const char *run_as = identity_run_as(vm, broker);

	if (run_as[0])
		return identity_find(run_as, ret, error);
	*ret = (struct identity){0};
	int code = vm_uids_get(uids, vm->name, &ret->uid, error);
	ret->gid = ret->uid;
	return code;
}

int identity_of_process(pid_t pid, struct identity *ret)
{
	char path[64], line[256];
	bool uid = false, gid = false;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	*ret = (struct identity){0};
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		uid = uid || sscanf(line, "Uid: %u", &ret->uid) == 1;
		gid = gid || sscanf(line, "Gid: %u", &ret->gid) == 1;
	}
	if (file)
		fclose(file);
	return uid && gid ? 0 : UV_ESRCH;
}

struct identity identity_bare(const struct identity *identity)
{
	return identity ? (struct identity){.uid = identity->uid, .gid = identity->gid}
			: (struct identity){0};
}

int identity_assume(const struct identity *identity)
{
	if (setgroups((size_t)identity->groups_count, identity->groups) < 0 ||
		setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
		setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -1;
	return 0;
}
