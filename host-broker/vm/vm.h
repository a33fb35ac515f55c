/*
 * One VM: its state, its monitor, its control channel, and the requests that wait for it.
 *
 * A request waits with a waiter for RUNNING or for STOPPED. A request for RUNNING while the VM is
 * stopped or failed starts it; while it is stopping, it starts again afterwards; while it is
 * paused, it runs on; while it is about to be, it is not. While it runs
 * without its agent (which redials after a broker's restart) requests wait for the agent. A run
 * that ends by itself while a request waits, or that was killed before it was up, is followed by
 * another, WAITER_RUNS_MAX times for one request at most, and never against the back-off.
 */
#ifndef VMSILO_BROKER_VM_VM_H
#define VMSILO_BROKER_VM_VM_H

#include <stdbool.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/system/console-ring.h"
#include "host-broker/vm/launch.h"
#include "host-broker/vm/state.h"
#include "host-broker/vm/waiters.h"
#include "proto/wire/token.h"

struct closer;
struct vm;

int vm_create(
	const struct vm_environment *environment, const struct vm_config *config, struct vm **ret);
/* Lets go of a VM: its processes, if any, run on; those of half a start are ended. on_closed when
 * that is done and the memory is free. Waiters get nothing. */
void vm_destroy(struct vm *vm, void (*on_closed)(void *data), void *data);

/* Finds the VM that an earlier broker left running: 0 then, UV_ENOENT when there is none (and
 * whatever it left behind is removed), UV_ESRCH when there are pieces of one: it stops. ran: what
 * it was started with, borrowed as config is. */
int vm_adopt(struct vm *vm, const struct vm_config *ran);
/* It is configured otherwise: at once, but for what a running VM cannot take
 * (host-broker/config/restart.h), which waits for its next start. Borrowed for as long as vm_uses()
 * says. */
void vm_configure(struct vm *vm, const struct vm_config *config);
/* It is no longer configured: when it ends, it is not started again. Until vm_configure(). */
void vm_leave(struct vm *vm);
/* What it was started with, or would be. */
const struct vm_config *vm_ran(const struct vm *vm);
bool vm_uses(const struct vm *vm, const struct config *config);
void vm_wait(struct vm *vm, struct waiter *waiter);
/* A waiter that was told that it runs, and could not reach its agent: on_done follows when it runs
 * anew, when its agent has come again, or a moment later. No callback, and UV_ETIMEDOUT when that
 * has been tried WAITER_TRIES_MAX times in one run, UV_ECANCELED when WAITER_RUNS_MAX runs have
 * ended so.
 */
int vm_wait_again(struct vm *vm, struct waiter *waiter);
void vm_wait_cancel(struct vm *vm, struct waiter *waiter);
/* It runs, its agent is there, and nothing is known to the contrary. */
bool vm_is_up(const struct vm *vm);
/* Counts its starts: another number, another run. */
uint64_t vm_runs(const struct vm *vm);
/* Orderly, within timeout_ms (0: as configured); force: at once. Nothing happens to a VM that is
 * stopped. What a watcher asks while it is told something is done when the loop turns; likewise
 * vm_start(). */
void vm_stop(struct vm *vm, bool force, uint32_t timeout_ms);
/* Starts it when it is stopped or failed, lets it run on when it is paused, without a waiter. */
void vm_start(struct vm *vm);
/* Stops the guest where it is, when its balloon has given what is above memory_min, and as soon as
 * it is up; who asks for it meanwhile, has it. Waiters for PAUSED hear of it; 0 when it is paused.
 * UV_ENOTCONN: it does not run; UV_ENOTSUP: its monitor cannot; and a sentence. vm_start() and
 * waiters for RUNNING let it run on. */
int vm_pause(struct vm *vm, struct error *error);
/* Whether that is under way, and the guest runs; VM_CHANGE_PAUSING tells. */
bool vm_is_pausing(const struct vm *vm);
/* The same, or it is about to run on. */
bool vm_is_moving(const struct vm *vm);
/* It runs, and its monitor can stop it as far as is known. */
bool vm_can_pause(const struct vm *vm);
/* The guest's clock is right after VM_CHANGE_RESUMED. */
void vm_settled(struct vm *vm);
/* Streams into it that are being opened: one more (1) or less (-1). It is not paused meanwhile. */
void vm_stream_count(struct vm *vm, int change);
/* As vm_start() of one that is off; in nobody's way (host-broker/system/background.h) until it is
 * paused, which follows when its agent has come, or somebody asks for it. */
void vm_start_paused(struct vm *vm);
/* What the watcher knows of the VM: slot_size bytes, its own, for as long as the VM is there. */
void *vm_slot(const struct vm *vm, const struct vm_watcher *watcher);
/* For handles in a slot: the VM's memory goes when they are closed. */
struct closer *vm_closer(struct vm *vm);

/* Its agent is there, and has this feature (proto/wire/hello.h). */
bool vm_agent_has(const struct vm *vm, uint64_t feature);
/* Says a message to the agent. UV_ENOTCONN while there is none, UV_ENOBUFS when it does not read.
 */
int vm_tell(struct vm *vm, uint16_t type, const ProtobufCMessage *message);
/* See monitor_balloon(); UV_ENOTCONN while it does not run. VM_CHANGE_BALLOON reports the guest's
 * size. */
int vm_balloon(struct vm *vm, uint64_t guest_bytes);
/* Makes a disk larger that it has, by its name (host-broker/monitor/launch.h); VM_CHANGE_DISK
 * follows. UV_ENOTCONN while it does not run. */
int vm_resize_disk(struct vm *vm, const char *disk, uint64_t bytes);
/* Lets one run on that stands still by itself; it stands still again if the write fails again.
 * UV_ENOTCONN when it does not. */
int vm_unstall(struct vm *vm);
/* The agent does not live: ends its channel, for the reason that text gives. */
void vm_agent_lost(struct vm *vm, const char *text);
/* Announces token to the agent, for a stream to the guest's port, and tells where that is dialled.
 * UV_ENOTCONN while there is no agent. */
int vm_grant(struct vm *vm, const struct token *token, uint16_t port, const char *user,
	struct endpoint *ret_endpoint);

const struct vm_config *vm_configuration(const struct vm *vm);
/* Whose rights its processes have; NULL: the broker's own, or it does not run. */
const struct identity *vm_identity(const struct vm *vm);
/* Whether a part of its run, by its key, has ended that it goes on without. */
bool vm_part_lost(const struct vm *vm, const char *key);
enum vm_state vm_state(const struct vm *vm);
static inline bool vm_is_off(const struct vm *vm)
{
	return vm_state_is_off(vm_state(vm));
}
/* Why a VM stands still that nobody has paused: a write to one of its disks failed. */
enum vm_stall {
	VM_STALL_NONE,
	VM_STALL_DISK_FULL,
	VM_STALL_DISK_FAILED,
};
struct vm_status {
	enum vm_state state;
	const char *reason;
	const char *accel; /* "" while stopped */
	bool emulated;     /* a guest's processor, in software */
	const char *agent;
	bool agent_connected;
	pid_t monitor_pid;
	uint64_t guest_bytes; /* its memory without the balloon; 0: the monitor has not told */
	unsigned int sessions;
	unsigned int windowed; /* of these: run detached, and were given the display */
	uint64_t running_ms;
	bool adopted;
	enum vm_stall stall;
	unsigned int generation; /* of its image, that it runs on; 0: none */
	unsigned int failures;   /* in a row */
	uint64_t retry_at_ms;    /* Unix time before which requests do not start it; 0: any time */
};
/* Borrowed strings, valid until the loop turns. */
void vm_status(const struct vm *vm, struct vm_status *ret);
void vm_console(const struct vm *vm, struct console_lines *ret);
/* What its console has printed; valid until the loop turns. */
const struct console_ring *vm_console_ring(const struct vm *vm);
/* Types on its console, if it has one; it runs on for that. */
void vm_console_send(struct vm *vm, const char *bytes, size_t length);

#endif
