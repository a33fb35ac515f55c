#include "host-broker/cli/base/commands.h"

#include <string.h>

const struct command *const commands[] = {
	&command_run,
	&command_copy,
	&command_shell,
	&command_start,
	&command_stop,
	&command_pause,
	&command_restart,
	&command_list,
	&command_status,
	&command_inhibit,
	&command_root,
	&command_why,
	&command_usb,
	&command_memory,
	&command_network,
	&command_windows,
	&command_clipboard,
	&command_menu,
	&command_events,
	&command_logs,
	&command_check,
	&command_reload,
	NULL,
};

const struct command *commands_by_program(const char *program)
{
	for (size_t i = 0; commands[i]; i++)
		if (commands[i]->program && strcmp(commands[i]->program, program) == 0)
			return commands[i];
	return NULL;
}

const struct command *commands_by_name(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}
