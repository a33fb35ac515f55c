/*
 * What a child of the broker is between fork and exec: in a session of its own, with the
 * descriptors that it is given and no other, no signal ignored or blocked, and no right that it
 * does not need. All of it is async-signal-safe.
 *
 * A monitor has no capability at all, also where the broker is root's own: what escapes from a
 * guest finds a process that may open its user's files, and nothing else. With its permitted set
 * empty before exec and no_new_privs it cannot get one by exec either, and by its bounding set
 * nothing that it starts can. A program of ours that builds a sandbox first may keep what that
 * takes, and gives it up there.
 */
#ifndef VMSILO_BROKER_SYSTEM_CHILD_H
#define VMSILO_BROKER_SYSTEM_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "host-broker/users/identity.h"
#include "proto/base/error.h"

#define CHILD_FDS_MAX 64     /* a monitor has its sockets, and one for each disk and NIC */
#define CHILD_FILES_MAX 1024 /* descriptors, as programs that select(2) expect */

#define CHILD_CAPABILITIES_NONE 0
#define CHILD_CAPABILITIES_ALL UINT64_MAX
/* To map root in a user namespace, and to make one where only root may. */
#define CHILD_CAPABILITIES_SANDBOX (UINT64_C(1) << 31 | UINT64_C(1) << 21)

struct process_id {
	pid_t pid;           /* 0: none */
	uint64_t start_time; /* field 22 of /proc/PID/stat, clock ticks since boot */
};

/* A file that it will open by itself. */
struct child_file {
	const char *path;
	int flags; /* as for open(2) */
};

struct child_options {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	const int *fds;          /* borrowed; become 3, 4, 5 ... */
	size_t fds_count;
	const struct identity *identity; /* NULL: our own */
	uint64_t capabilities;           /* that it keeps of ours; with an identity none */
	const struct child_file *files;  /* tried before exec, so that a failure has words */
	size_t files_count;
	const char *vm; /* whose it is, for the log */
	/* It sees and signals nobody but what it starts itself: the first of a PID namespace, where
	 * one can be had. So no signal reaches it that it does not handle, SIGKILL apart. */
	bool own_pids;
	/* It is there, and runs the program when this has returned 0; it ends when this fails, and
	 * when we end before. For what must be written down of it. NULL: nothing. */
	int (*on_born)(void *data, struct process_id id, struct error *error);
	void *born_data;
};

/* Written to link_fd, in one piece, when there is no exec. */
struct child_report {
	int error; /* errno */
	int file;  /* index of what could not be opened; -1: another reason */
};

/* As fork(2). */
pid_t child_fork(const struct child_options *options);
/* stderr_fd becomes its stderr. link_fd: a socket whose other end is the parent's alone; a byte
 * from there lets it go on, and exec closes it. */
_Noreturn void child_run(const struct child_options *options, int stderr_fd, int link_fd);

#endif
