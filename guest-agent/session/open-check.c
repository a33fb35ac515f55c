#include "guest-agent/session/open-check.h"

#include <signal.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/limits.h"

/* What becomes a C string must not have a NUL inside. */
static bool is_string(const ProtobufCBinaryData *bytes)
{
	return bytes->len == 0 || !memchr(bytes->data, '\0', bytes->len);
}

static bool is_assignment(const ProtobufCBinaryData *bytes)
{
	return is_string(bytes) && bytes->len > 0 && bytes->data[0] != '=' &&
	       memchr(bytes->data, '=', bytes->len);
}

static bool is_size(uint32_t rows, uint32_t columns)
{
	return rows <= SESSION_TERMINAL_SIDE_MAX && columns <= SESSION_TERMINAL_SIDE_MAX;
}

static const char *terminal_check(const Vmsilo__Session__Terminal *terminal)
{
	size_t length = strlen(terminal->term);

	if (length > SESSION_TERM_MAX || !text_is_utf8(terminal->term, length))
		return "TERM is too long or not valid text";
	if (!is_size(terminal->rows, terminal->columns))
		return "the terminal is too large";
	return NULL;
}

/* A command, a service with arguments, or the login shell. */
static const char *kind_check(const Vmsilo__Session__Open *open)
{
	if (open->n_argv > SESSION_ARGC_MAX)
		return "a command must have 1 to 4096 words";
	if (open->service[0])
		return open->login                            ? "a service cannot be a login shell"
		       : !text_is_service_name(open->service) ? "not a valid service name"
							      : NULL;
	if (open->login)
		return open->n_argv > 0 ? "a login shell takes no command" : NULL;
	return open->n_argv < 1 ? "a command must have 1 to 4096 words" : NULL;
}

const char *open_check(const Vmsilo__Session__Open *untrusted_open)
{
	const char *problem = kind_check(untrusted_open);

	if (problem)
		return problem;
	if (untrusted_open->detach && untrusted_open->terminal)
		return "a detached program cannot have a terminal";
	if (untrusted_open->n_env > SESSION_ENVC_MAX)
		return "more than 1024 environment variables";
	for (size_t i = 0; i < untrusted_open->n_argv; i++)
		if (!is_string(&untrusted_open->argv[i]))
			return "a word of the command contains a NUL byte";
	for (size_t i = 0; i < untrusted_open->n_env; i++)
		if (!is_assignment(&untrusted_open->env[i]))
			return "an environment variable is not NAME=VALUE";
	if (!is_string(&untrusted_open->cwd))
		return "the working directory contains a NUL byte";
	return untrusted_open->terminal ? terminal_check(untrusted_open->terminal) : NULL;
}

bool window_check(const Vmsilo__Session__Window *untrusted_window)
{
	return is_size(untrusted_window->rows, untrusted_window->columns);
}

bool signal_check(int untrusted_number)
{
	static const int allowed[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGKILL, SIGTSTP, SIGCONT};

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i] == untrusted_number)
			return true;
	return false;
}
