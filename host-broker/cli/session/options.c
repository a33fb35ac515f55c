#include "host-broker/cli/session/options.h"

#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

int run_option_user(void *values, const char *text)
{
	struct run_options *options = values;

	options->user = text;
	return text_is_user_name(text) ? 0 : UV_EINVAL;
}

int run_option_env(void *values, const char *text)
{
	struct run_options *options = values;

	if (!text[0] || text[0] == '=')
		return UV_EINVAL;
	if (options->env_count == SESSION_ENVC_MAX)
		return UV_E2BIG;
	options->env[options->env_count++] = text;
	return 0;
}

int run_option_service(void *values, const char *text)
{
	struct run_options *options = values;

	options->service = text;
	return text_is_service_name(text) ? 0 : UV_EINVAL;
}

void run_options_init(struct run_options *options)
{
	*options = (struct run_options){.user = "", .workdir = "", .service = ""};
}

int run_options_finish(struct run_options *options, char **operands, struct error *error)
{
	options->vm = operands[0];
	options->command = operands + 1;
	if (options->command[0] && strcmp(options->command[0], "--") == 0)
		options->command++;
	if (options->terminal && options->no_terminal)
		return error_set(error, UV_EINVAL, "-t and -T cannot be used together");
	if (options->detach && options->terminal)
		return error_set(error, UV_EINVAL,
			"-d and -t cannot be used together: a detached command has no terminal");
	if (options->detach && !options->service[0] && !options->command[0])
		return error_set(error, UV_EINVAL, "-d needs a command");
	return 0;
}
