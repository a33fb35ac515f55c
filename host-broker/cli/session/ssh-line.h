/* The command line of ssh for a VM, whose connection goes through us. Pure. */
#ifndef VMSILO_BROKER_CLI_SESSION_SSH_LINE_H
#define VMSILO_BROKER_CLI_SESSION_SSH_LINE_H

#include <stddef.h>

#define SSH_LINE_OPTION_MAX 8192

struct ssh_line {
	char proxy[SSH_LINE_OPTION_MAX]; /* ProxyCommand=... */
	char alias[64];                  /* HostKeyAlias=vmsilo-NAME: a VM has no address */
	const char **argv;               /* NULL-terminated; texts borrowed of here and of words */
};

/* self: the path of our program. vm: a VM's name. user: "" for ssh's own choice. words: what the
 * user adds, ssh's options and a command. UV_ENAMETOOLONG, UV_ENOMEM. */
int ssh_line_make(struct ssh_line *line, const char *self, const char *vm, const char *user,
	char *const *words);
void ssh_line_finish(struct ssh_line *line);

#endif
