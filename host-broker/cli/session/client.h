/* The client's end of a session stream: runs until the status, and says how the client should exit.
 */
#ifndef VMSILO_BROKER_CLI_SESSION_CLIENT_H
#define VMSILO_BROKER_CLI_SESSION_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/cli/session/pass-env.h"
#include "proto/host/paths.h"
#include "proto/wire/token.h"

/*
 * A process of ours at the near end of a session, in the user's place: what it writes is the
 * program's stdin, and it reads the program's stdout. stderr is dropped. Signals are not passed on:
 * they end the session. When it has closed its end, the program has a moment to end as well.
 */
struct session_worker {
	int from_fd; /* both are taken, and closed as soon as the stream in question has ended */
	int to_fd;
};

struct session_request {
	const char *vm;      /* for messages */
	char **argv;         /* NULL-terminated; without a service, empty: the login shell */
	const char *service; /* NULL or "": none, here and below */
	const char *workdir;
	const struct pass_env *env;
	bool detach; /* the session ends once the program runs */
	bool terminal;
	bool no_stdin;
	bool display;                        /* it may have windows */
	bool again;                          /* may be asked for once more: SESSION_AGAIN */
	const struct session_worker *worker; /* NULL: the session is the user's own */
	/* That granted it: asked to let a paused VM run on, so that the program begins, and for a
	 * key or a signal. NULL: nobody. */
	const struct paths *broker;
	struct token token;
};

/* Monotonic nanoseconds; 0: did not come to it. */
struct session_times {
	uint64_t opened;
	uint64_t ended;
};

/* Nothing was started, since the guest shuts down: what comes after it may be asked. */
#define SESSION_AGAIN (-1)

/* Takes fd. Returns an exit code, or SESSION_AGAIN. */
int session_run(int fd, const struct session_request *request, struct session_times *times);

#endif
