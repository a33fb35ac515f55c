#include "guest-agent/program/pam-session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/program/lookup.h"
#include "proto/base/cleanup.h"

#define WORDS 3 /* before the file: the helper, the user, how many variables are ours */
#define FILE_AT WORDS

static int argv_make(
	struct pam_session *session, const struct account *account, const struct command *command)
{
	const char *const first[WORDS] = {session->helper, account->name, session->defaults};
	struct strings *argv = &session->argv;

	if (!strings_init(argv, WORDS + 1 + command->argv.count))
		return UV_ENOMEM;
	for (size_t i = 0; i < WORDS; i++)
		if (!strings_add(argv, first[i], strlen(first[i])))
			return UV_ENOMEM;
	argv->items[argv->count++] = session->file;
	for (size_t i = 0; i < command->argv.count; i++)
		if (!strings_add(argv, command->argv.items[i], strlen(command->argv.items[i])))
			return UV_ENOMEM;
	return 0;
}

static bool all_written(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, bytes, length);
		if (count <= 0)
			return false;
		bytes += count;
		length -= (size_t)count;
	}
	return true;
}

static int environment_make(struct pam_session *session, const struct strings *environment)
{
	_cleanup_close_ int fd = memfd_create("environment", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	for (size_t i = 0; i < environment->count; i++)
		if (!all_written(fd, environment->items[i], strlen(environment->items[i]) + 1))
			return UV_ENOMEM;
	session->environment_fd = steal_fd(&fd);
	return 0;
}

int pam_session_make(const char *helper, const struct account *account,
	const struct command *command, const struct strings *environment, size_t defaults,
	struct pam_session *ret)
{
	*ret = (struct pam_session){.environment_fd = -1};
	if (!helper || command->builtin || account->uid == geteuid())
		return 0;
	ret->helper = helper;
	snprintf(ret->defaults, sizeof(ret->defaults), "%zu", defaults);
	int code = argv_make(ret, account, command);
	return code < 0 ? code : environment_make(ret, environment);
}

void pam_session_finish(struct pam_session *session)
{
	if (session->argv.count > FILE_AT)
		session->argv.items[FILE_AT] = NULL; /* it is no string of its own */
	strings_finish(&session->argv);
	if (session->helper && session->environment_fd >= 0)
		close(session->environment_fd);
}

static bool take(void *data, const char *file)
{
	struct pam_session *session = data;

	if (faccessat(AT_FDCWD, file, X_OK, AT_EACCESS) < 0)
		return false;
	if (snprintf(session->file, sizeof(session->file), "%s", file) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return false;
	}
	return true;
}

int pam_session_find(struct pam_session *session, const struct command *command)
{
	if (command->file[0])
		return take(session, command->file) ? 0 : errno;
	return lookup(command->argv.items[0], take, session);
}

void pam_session_exec(const struct pam_session *session)
{
	static char *const own[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};

	execve(session->helper, session->argv.items, own);
}
