#include "host-broker/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define BUFFER_SIZE 16384

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

int identity_find(const char *name, struct identity *ret, struct error *error)
{
	int code = user_get(name, ret);

	if (code < 0 && number_get(name, ret))
		code = 0;
	if (code < 0)
		return error_set(
			error, code, "no user \"%s\" to run it as: %s", name, uv_strerror(code));
	if (ret->uid == 0 || ret->gid == 0)
		return error_set(error, UV_EPERM, "a VM does not run as root: run_as: %s", name);
	return 0;
}

int identity_of_vm(const struct vm_config *vm, const struct broker_config *broker,
	struct identity *ret, struct error *error)
{
	char own[64];

	if (vm->run_as[0] || broker->run_as[0])
		return identity_find(vm->run_as[0] ? vm->run_as : broker->run_as, ret, error);
	snprintf(own, sizeof(own), "vmsilo-%s", vm->name);
	if (user_get(own, ret) == 0 && ret->uid != 0 && ret->gid != 0)
		return 0;
	if (user_get("vmsilo", ret) == 0 && ret->uid != 0 && ret->gid != 0)
		return 0;
	return error_set(error, UV_ENOENT,
		"no user to run it as; run: useradd --system --shell /usr/sbin/nologin vmsilo "
		"(or vmsilo-%s, for this VM alone), or set run_as",
		vm->name);
}

int identity_assume(const struct identity *identity)
{
	if (setgroups((size_t)identity->groups_count, identity->groups) < 0 ||
		setresgid(identity->gid, identity->gid, identity->gid) < 0 ||
		setresuid(identity->uid, identity->uid, identity->uid) < 0)
		return -1;
	return 0;
}
