/*
 * What a process is started with: its arguments, the descriptors that it gets, and the files that
 * it opens by itself. Made without I/O, so that it can be looked at before it runs. What went wrong
 * on the way sticks, and shows in command_error().
 */
#ifndef VMSILO_BROKER_MONITOR_COMMAND_H
#define VMSILO_BROKER_MONITOR_COMMAND_H

#include <stddef.h>

#include "host-broker/system/child.h"

#define COMMAND_FILES_MAX 32

struct command {
	char **argv; /* owned; NULL-terminated at every moment */
	size_t argv_count;
	int fds[CHILD_FDS_MAX]; /* ours; borrowed, but for those of command_take_fd() */
	bool owned[CHILD_FDS_MAX];
	size_t fds_count;
	struct child_file files[COMMAND_FILES_MAX]; /* paths borrowed */
	size_t files_count;
	int error;
};

void command_init(struct command *command);
void command_add(struct command *command, const char *argument);
void command_add_format(struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The child gets fd, which is open until it was started. Returns its number there. */
int command_fd(struct command *command, int fd);
/* Likewise, and it is closed by command_finish(). */
int command_take_fd(struct command *command, int fd);
/* The child will open path with such flags of open(2); that it can is tried before it runs. */
void command_file(struct command *command, const char *path, int flags);
/* 0, UV_ENOMEM, or UV_E2BIG for more descriptors or files than there is room for. */
int command_error(const struct command *command);
/* Sets argv, descriptors and files, which stay the command's. */
void command_options(const struct command *command, struct child_options *options);
void command_finish(struct command *command);

#endif
