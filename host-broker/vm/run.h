/*
 * One run of a VM: the parts of its start, its control channel, and what is on disk for a broker
 * that comes after this one. A VM has none while it is stopped or failed.
 *
 *   run_start() --all parts are ready: on_up--> it runs --one ends, run_kill()--.
 *        `-- one fails or ends, run_kill() ------------> its parts are released --> on_over
 */
#ifndef VMSILO_BROKER_VM_RUN_H
#define VMSILO_BROKER_VM_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/control/control.h"
#include "host-broker/parts/vsock-device.h"
#include "host-broker/vm/launch.h"

#define RUN_TEXT_SIZE PART_TEXT_SIZE

/* How it ended. Valid during the call. */
struct run_over {
	enum monitor_end end;   /* UNKNOWN, too, when it was not the monitor that ended first */
	const char *text;       /* "qemu exited with status 1", "the vsock device: ..." */
	const char *last_words; /* of what ended first; "" for none */
	bool by_monitor;        /* that was the monitor */
};

/* Whom it is told to; borrowed for the run's life. Each but on_over may be NULL. */
struct run_callbacks {
	const struct control_callbacks *control;
	void (*on_event)(void *data, enum monitor_event event);
	void (*on_console)(void *data, const char *bytes, size_t length);
	void (*on_balloon)(void *data, uint64_t guest_bytes);
	/* The monitor's process is there, and has not run yet. */
	void (*on_born)(void *data);
	/* What became of a part, for people. */
	void (*on_note)(void *data, const char *text);
	/* None of these two comes from inside of a call. */
	void (*on_up)(void *data);
	/* Call run_end(). */
	void (*on_over)(void *data, const struct run_over *over);
};

struct run {
	const struct vm_environment *environment; /* NULL: there is no run */
	const struct vm_config *config;           /* that it was started with */
	const struct vm_config *goes_by;          /* since then, for the record */
	const struct run_callbacks *callbacks;
	void *data;

	struct launch *launch; /* until it is up; NULL: it was adopted */
	struct run_context context;
	struct vm_devices devices;
	struct parts *parts; /* NULL: not yet; likewise below */
	bool has_vsock_device;
	struct vsock_device vsock_device;
	const struct monitor_ops *ops;
	struct part *monitor_part;
	struct monitor *monitor;
	struct process_id monitor_id;
	struct control *control;
	struct endpoint vsock; /* where its guest is */
	bool drops;            /* its processes have an identity of their own: */
	struct identity identity;
	unsigned int generation; /* of its image; 0: it has none */
	bool kvm;
	bool emulated;            /* a guest's processor, in software */
	bool adopted;             /* started by an earlier broker */
	uint64_t started_ms;      /* Unix time, for people */
	uint64_t started_boot_ms; /* boot_now_ms() */
	uint64_t guest_bytes;     /* the guest's memory without the balloon; 0: not known */

	/* The monitor's end. */
	bool drained; /* all of it was read, and is below */
	enum monitor_end end;
	char end_text[RUN_TEXT_SIZE];
	char last_words[PROCESS_TAIL_SIZE + 1];
};

/* Everything is borrowed for the run's life. When it fails, run_end() cleans up. */
int run_start(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, void *data,
	struct error *error);
/* Finds what an earlier broker started. UV_ENOENT: nothing, and run_end() cleans up. UV_ESRCH:
 * something, but not all that a VM needs: it is ended, and on_over follows. The channel for its
 * agent is opened by run_listen(). */
int run_adopt(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, void *data);
/* run->vsock is known. */
int run_listen(struct run *run, struct error *error);
/* Ends it, at once; on_over follows. */
void run_kill(struct run *run);
/* The same, and no other is told of it from now on. */
void run_abandon(struct run *run, const struct run_callbacks *callbacks);
/* Lets go of it; processes that run are left running, and found again. */
void run_leave(struct run *run);
/* The same, and nothing of the run stays on disk. */
void run_end(struct run *run, const struct vm_environment *environment, const char *name);

/* All its parts are ready, and none has ended by what can be seen. */
bool run_lives(const struct run *run);
bool run_is_up(const struct run *run);
/* It is being started or ended: who lets go of it now leaves pieces behind. */
bool run_is_halfway(const struct run *run);
/* Whether a part has ended that it goes on without. */
bool run_part_lost(const struct run *run, const char *key);
/* What it waits for is another VM's start. */
bool run_waits_abroad(const struct run *run);
/* A part that is not ready yet; NULL: none. */
const char *run_waits_for(const struct run *run);
pid_t run_monitor_pid(const struct run *run); /* 0: none */

#endif
