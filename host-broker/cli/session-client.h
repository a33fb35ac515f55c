/* The client's end of a session stream: runs until the status, and says how the client should exit.
 */
#ifndef VMSILO_CLI_SESSION_CLIENT_H
#define VMSILO_CLI_SESSION_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/token.h"

struct session_request {
	const char *vm; /* for messages */
	char **argv;    /* NULL-terminated */
	bool terminal;
	bool no_stdin;
	struct token token;
};

/* Monotonic nanoseconds; 0: did not come to it. */
struct session_times {
	uint64_t opened;
	uint64_t ended;
};

/* Takes fd. Returns an exit code. */
int session_run(int fd, const struct session_request *request, struct session_times *times);

#endif
