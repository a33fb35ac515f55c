#include "guest-agent/program/pam-session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/program/lookup.h"

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

int pam_session_make(const char *helper, const struct account *account,
	const struct command *command, size_t defaults, struct pam_session *ret)
{
	*ret = (struct pam_session){0};
	if (!helper || command->builtin || account->uid == geteuid())
		return 0;
	ret->helper = helper;
	snprintf(ret->defaults, sizeof(ret->defaults), "%zu", defaults);
	return argv_make(ret, account, command);
}

void pam_session_finish(struct pam_session *session)
{
	if (session->argv.count > FILE_AT)
		session->argv.items[FILE_AT] = NULL; /* it is no string of its own */
	strings_finish(&session->argv);
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
