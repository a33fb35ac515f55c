#include "guest-agent/program/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/program/builtin.h"

/* What precedes the OPEN's own words, which follow. */
static int argv_make(
	const Vmsilo__Session__Open *open, const char *const first[2], struct strings *argv)
{
	if (!strings_init(argv, open->n_argv + 2))
		return UV_ENOMEM;
	for (size_t i = 0; i < 2; i++)
		if (first[i] && !strings_add(argv, first[i], strlen(first[i])))
			return UV_ENOMEM;
	for (size_t i = 0; i < open->n_argv; i++)
		if (!strings_add(argv, open->argv[i].data, open->argv[i].len))
			return UV_ENOMEM;
	return 0;
}

static int login_make(
	const Vmsilo__Session__Open *open, const struct account *account, struct command *command)
{
	const char *slash = strrchr(account->shell, '/');
	char self[sizeof(account->shell) + 1];

	snprintf(self, sizeof(self), "-%s", slash ? slash + 1 : account->shell);
	snprintf(command->file, sizeof(command->file), "%s", account->shell);
	snprintf(command->subject, sizeof(command->subject), "the login shell %s", account->shell);
	return argv_make(open, (const char *const[2]){self, NULL}, &command->argv);
}

static int service_make(const Vmsilo__Session__Open *open, const char *services, bool services_only,
	struct command *command)
{
	const struct builtin *builtin = services_only ? NULL : builtin_of_service(open->service);
	int length =
		snprintf(command->file, sizeof(command->file), "%s/%s", services, open->service);

	snprintf(command->subject, sizeof(command->subject), "service \"%s\"", open->service);
	if (length >= (int)sizeof(command->file))
		return UV_ENAMETOOLONG;
	if (access(command->file, F_OK) == 0)
		return argv_make(open, (const char *const[2]){open->service, NULL}, &command->argv);
	if (!builtin)
		return UV_ENOENT;
	command->builtin = true;
	snprintf(command->file, sizeof(command->file), "/proc/self/exe");
	return argv_make(
		open, (const char *const[2]){"vmsilo-agent", builtin->word}, &command->argv);
}

int command_make(const Vmsilo__Session__Open *open, const struct account *account,
	const char *services, bool services_only, struct command *ret)
{
	*ret = (struct command){0};
	if (open->service[0])
		return service_make(open, services, services_only, ret);
	if (open->login)
		return login_make(open, account, ret);
	int code = argv_make(open, (const char *const[2]){NULL, NULL}, &ret->argv);
	if (code == 0)
		snprintf(ret->subject, sizeof(ret->subject), "%s", ret->argv.items[0]);
	return code;
}

void command_finish(struct command *command)
{
	strings_finish(&command->argv);
}
