/*
 * What the client can do: a command each, in command-NAME.c, and its entry in commands.c's table.
 */
#ifndef VMSILO_BROKER_CLI_BASE_COMMANDS_H
#define VMSILO_BROKER_CLI_BASE_COMMANDS_H

#include "host-broker/cli/base/options.h"

extern const struct command command_run;
extern const struct command command_copy;
extern const struct command command_shell;
extern const struct command command_start;
extern const struct command command_stop;
extern const struct command command_pause;
extern const struct command command_list;
extern const struct command command_status;
extern const struct command command_inhibit;
extern const struct command command_root;
extern const struct command command_why;
extern const struct command command_usb;
extern const struct command command_memory;
extern const struct command command_network;
extern const struct command command_windows;
extern const struct command command_clipboard;
extern const struct command command_menu;
extern const struct command command_check;
extern const struct command command_events;
extern const struct command command_logs;
extern const struct command command_reload;
extern const struct command command_restart;

/* All of them, in the order of --help; ends with NULL. */
extern const struct command *const commands[];
/* By the link's or the subcommand's name; NULL when there is none. */
const struct command *commands_by_program(const char *program);
const struct command *commands_by_name(const char *name);

#endif
