/*
 * The host's end of a copy, in a process of its own: it reads and writes files, and may wait for
 * disks, while the client keeps the session going. The parser that meets the guest's records runs
 * in it. It outlives a client that is killed, so that what came is removed then, too; it takes no
 * signal but KILL, and ends when the client closes its end.
 */
#ifndef VMSILO_BROKER_CLI_COPY_WORKER_H
#define VMSILO_BROKER_CLI_COPY_WORKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/cli/session/client.h"
#include "proto/copy/budget.h"
#include "proto/copy/destination.h"
#include "proto/copy/send.h"

struct copy_job {
	const char *vm;
	bool to_guest;
	bool quiet, follow, skip;
	/* To the guest. */
	struct copy_source *sources;
	/* From the guest: open and staged, and what the things are called there. */
	struct copy_destination *destination;
	const char *const *names;
	size_t count;              /* of sources, or of names */
	struct copy_limits limits; /* from the guest */
};

enum copy_outcome {
	COPY_OUTCOME_DONE,
	COPY_OUTCOME_FAILED,  /* why was told */
	COPY_OUTCOME_KILLED,  /* the worker was */
	COPY_OUTCOME_CUT_OFF, /* the session ended before the copy did, and nothing was told */
};

/* session_fd: closed in the worker. ret_ends: for the session. Returns the worker's pid, or a
 * negative UV_E*. */
pid_t copy_worker_start(
	const struct copy_job *job, int session_fd, struct session_worker *ret_ends);
/* Waits for its end. The session is over. */
enum copy_outcome copy_worker_join(pid_t worker);

#endif
