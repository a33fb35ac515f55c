/* What the client can do: one function a command, each returns an exit code. */
#ifndef VMSILO_CLI_COMMANDS_H
#define VMSILO_CLI_COMMANDS_H

/* argv[0] is the command's name as it was called. */
int command_run(int argc, char **argv);
int command_start(int argc, char **argv);
int command_stop(int argc, char **argv);
int command_list(int argc, char **argv);
int command_status(int argc, char **argv);
int command_check(int argc, char **argv);

#endif
