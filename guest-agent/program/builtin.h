/*
 * Services that the agent's program offers itself, as subcommands: "vmsilo.connect" is run as
 * `vmsilo-agent connect`, in a process of its own and with the rights of the session's user.
 */
#ifndef VMSILO_AGENT_PROGRAM_BUILTIN_H
#define VMSILO_AGENT_PROGRAM_BUILTIN_H

struct builtin {
	const char *service;
	const char *word; /* the subcommand */
	/* argv[0] is word. Returns an exit code. */
	int (*run)(int argc, char **argv);
};

/* NULL: there is none. */
const struct builtin *builtin_of_service(const char *name);
const struct builtin *builtin_of_word(const char *word);

/* One a file, builtin-NAME.c. */
int builtin_connect(int argc, char **argv);
int builtin_copy_receive(int argc, char **argv);
int builtin_copy_send(int argc, char **argv);

#endif
