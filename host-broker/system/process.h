/*
 * A child process of the broker that outlives it: a monitor, a vsock device. Started as child.h
 * says, without a parent-death signal; its stderr is read at a bounded rate, and kept as a bounded
 * tail for error messages.
 * After a restart a broker adopts it by (pid, start time), which no other process can have had
 * since boot.
 */
#ifndef VMSILO_BROKER_SYSTEM_PROCESS_H
#define VMSILO_BROKER_SYSTEM_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "host-broker/system/child.h"
#include "proto/base/error.h"

#define PROCESS_TAIL_SIZE 4096 /* bytes of stderr kept */
/* What is read of it: one that says more waits, as at any pipe that is full. */
#define PROCESS_WORDS_RATE (64 * 1024) /* bytes a second */
#define PROCESS_WORDS_BURST (256 * 1024)

struct process;

/* status as of waitpid(2), or -1 for an adopted process, whose status its own parent got. */
typedef void (*process_exit_cb)(void *data, int status);

/* It has said something more; process_tail() has it. May end with a call of process_destroy(). */
typedef void (*process_words_cb)(void *data);

/* UV_ENOENT when the program is not there. on_exit is called once, never from inside. */
int process_start(uv_loop_t *loop, const struct child_options *options, process_exit_cb on_exit,
	void *data, struct process **ret, struct error *error);
/* UV_ESRCH when it is gone. */
int process_adopt(uv_loop_t *loop, struct process_id id, process_exit_cb on_exit, void *data,
	struct process **ret);
struct process_id process_id(const struct process *process);
/* Field 22 of /proc/PID/stat; UV_ESRCH when it is gone. */
int process_start_time(pid_t pid, uint64_t *ret);
/* Whether it has not ended yet. */
bool process_lives(const struct process *process);
/* By pidfd: never another process. 0 also when it is gone already. */
int process_kill(struct process *process, int signal);
/* The end of its stderr as text, valid until destroy; "" for an adopted one. */
const char *process_tail(const struct process *process);
/* Told from the loop, with the data of its end; NULL: no more. */
void process_on_words(struct process *process, process_words_cb on_words);
/* Lets go of it, without ending it. No callback comes after it. */
void process_destroy(struct process *process);

#endif
