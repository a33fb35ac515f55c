#include "host-broker/monitor/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define FIRST_CHILD_FD 3

void command_init(struct command *command)
{
	*command = (struct command){0};
	command->argv = calloc(1, sizeof(*command->argv));
	if (!command->argv)
		command->error = UV_ENOMEM;
}

/* Takes argument. */
static void argument_take(struct command *command, char *argument)
{
	char **argv = command->error || !argument
			      ? NULL
			      : reallocarray(command->argv, command->argv_count + 2, sizeof(*argv));

	if (!argv) {
		command->error = command->error ? command->error : UV_ENOMEM;
		free(argument);
		return;
	}
	argv[command->argv_count++] = argument;
	argv[command->argv_count] = NULL;
	command->argv = argv;
}

void command_add(struct command *command, const char *argument)
{
	argument_take(command, strdup(argument));
}

void command_add_format(struct command *command, const char *format, ...)
{
	char *argument = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&argument, format, arguments) < 0)
		argument = NULL;
	va_end(arguments);
	argument_take(command, argument);
}

int command_fd(struct command *command, int fd)
{
	if (command->fds_count == CHILD_FDS_MAX) {
		command->error = command->error ? command->error : UV_E2BIG;
		return -1;
	}
	command->fds[command->fds_count] = fd;
	return FIRST_CHILD_FD + (int)command->fds_count++;
}

int command_take_fd(struct command *command, int fd)
{
	int number = command_fd(command, fd);

	if (number < 0)
		close(fd);
	else
		command->owned[command->fds_count - 1] = true;
	return number;
}

void command_file(struct command *command, const char *path, int flags)
{
	if (command->files_count == COMMAND_FILES_MAX) {
		command->error = command->error ? command->error : UV_E2BIG;
		return;
	}
	command->files[command->files_count++] = (struct child_file){path, flags};
}

int command_error(const struct command *command)
{
	return command->error;
}

void command_options(const struct command *command, struct child_options *options)
{
	options->argv = (const char *const *)command->argv;
	options->fds = command->fds;
	options->fds_count = command->fds_count;
	options->files = command->files;
	options->files_count = command->files_count;
}

void command_finish(struct command *command)
{
	for (size_t i = 0; i < command->argv_count; i++)
		free(command->argv[i]);
	free(command->argv);
	for (size_t i = 0; i < command->fds_count; i++)
		if (command->owned[i])
			close(command->fds[i]);
	*command = (struct command){0};
}
