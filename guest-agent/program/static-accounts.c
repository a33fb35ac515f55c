/*
 * getpwuid_r(3) and getgrgid_r(3), as <pwd.h> and <grp.h> declare them, for the agent that is
 * linked statically: glibc's look up what nsswitch.conf(5) names in shared libraries, which a
 * static program cannot rely on, and the linker warns of each use. libuv has functions that call
 * them; ours read /etc/passwd and /etc/group, as account.c does.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

/* The end of the file is ENOENT, which is no error for the caller. */
static int finish(FILE *file, int error)
{
	fclose(file);
	return error == ENOENT ? 0 : error;
}

int getpwuid_r(uid_t uid, struct passwd *entry, char *buffer, size_t size, struct passwd **ret)
{
	FILE *file = fopen("/etc/passwd", "re");
	int error;

	*ret = NULL;
	if (!file)
		return errno == ENOENT ? 0 : errno;
	do
		error = fgetpwent_r(file, entry, buffer, size, ret);
	while (error == 0 && entry->pw_uid != uid);
	if (error != 0)
		*ret = NULL;
	return finish(file, error);
}

int getgrgid_r(gid_t gid, struct group *entry, char *buffer, size_t size, struct group **ret)
{
	FILE *file = fopen("/etc/group", "re");
	int error;

	*ret = NULL;
	if (!file)
		return errno == ENOENT ? 0 : errno;
	do
		error = fgetgrent_r(file, entry, buffer, size, ret);
	while (error == 0 && entry->gr_gid != gid);
	if (error != 0)
		*ret = NULL;
	return finish(file, error);
}
