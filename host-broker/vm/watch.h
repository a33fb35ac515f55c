/*
 * Who wants to know what happens to VMs: the journals, the balancer, the idle watch and the like,
 * each for all VMs of a broker, so that a VM knows none of them. What a watcher knows of a VM lies
 * in the VM, in the watcher's slot (vm_slot()).
 *
 * Watchers are added before the first VM is made, and stay until the last has ended. The order in
 * which they are added is the order in which they hear: of a VM that is made (on_begin) and of what
 * happens to it. Its removal and its end go through them in the reverse order, so that who builds
 * on what another knows of a VM lets go first. host-broker/watchers.c has the order, and why.
 *
 *   on_begin --on_state, on_change, ...--> on_removed --it is configured again--> ... --> on_end
 *
 * A change is told to all before the next one is. From inside, a watcher may look at any VM, tell
 * its agent something, grant a stream, and set its balloon: what changes by that is told after the
 * change at hand, in the order in which it happened. It may also start and stop VMs; they do so
 * when the loop turns, so that no state comes before all have heard of the last. It must not end an
 * agent's channel (on_message() returns an error for that), and not make or destroy a VM.
 */
#ifndef VMSILO_BROKER_VM_WATCH_H
#define VMSILO_BROKER_VM_WATCH_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "host-broker/vm/state.h"

struct vm;

enum vm_change {
	VM_CHANGE_AGENT,      /* its agent has connected */
	VM_CHANGE_AGENT_LOST, /* its channel ended */
	VM_CHANGE_SESSIONS,   /* the number of programs that run */
	VM_CHANGE_GRANTED,    /* a stream for a program was announced to its agent */
	VM_CHANGE_BALLOON,    /* vm_status.guest_bytes */
	VM_CHANGE_STALLED,    /* vm_status.stall: it stands still */
	VM_CHANGE_DISK,       /* one of its disks has become larger, and the guest knows */
	VM_CHANGE_PAUSING,    /* it is about to be paused, is not any more, or begins to run on */
	VM_CHANGE_RESUMED,    /* the guest ran on after its monitor had stopped it */
	VM_CHANGE_REBOOT,     /* the guest rebooted: the run ends, and another begins */
	VM_CHANGE_CONFIG,     /* vm_configuration() says something else, or the VM is new */
};

/* Each function may be NULL. What a part of its own tells (USB, idleness) goes to those who ask
 * that part for it, and adds nothing here. */
struct vm_watcher {
	TAILQ_ENTRY(vm_watcher) link; /* in vm_watchers.list */
	size_t slot_size;             /* bytes, zeroed before on_begin; 0: none */
	size_t slot_offset;           /* vm_watchers_add() sets it */
	/* It is made. Handles in the slot are closed by vm_closer(), in on_end. */
	void (*on_begin)(void *data, struct vm *vm);
	/* The broker lets go of it. Nothing is told of it after this. */
	void (*on_end)(void *data, struct vm *vm);
	/* It has gone from this state into vm_state(). */
	void (*on_state)(void *data, struct vm *vm, enum vm_state from);
	void (*on_change)(void *data, struct vm *vm, enum vm_change change);
	/* It is not configured any more, and does not run. The slot stays, for a VM of that name
	 * that comes later: what was known of this one must not be in it. */
	void (*on_removed)(void *data, struct vm *vm);
	/* The agent said something of types first_type to last_type (0, 0: none). A negative UV_E*
	 * ends its channel. */
	int (*on_message)(void *data, struct vm *vm, uint16_t type,
		const ProtobufCMessage *untrusted_message);
	uint16_t first_type;
	uint16_t last_type;
	/* Raw bytes that the guest printed on its console: told at once, as notes are. */
	void (*on_console)(void *data, struct vm *vm, const char *bytes, size_t length);
	/* What is being done with it, in words for people. */
	void (*on_note)(void *data, struct vm *vm, const char *text);
	void *data;
};

/* What is to be told of a VM. Private to watch.c, as what follows. */
struct vm_news {
	struct vm *vm;
	enum { VM_NEWS_STATE, VM_NEWS_CHANGE, VM_NEWS_REMOVED } kind;
	enum vm_state from;
	enum vm_change change;
};

#define VM_NEWS_MAX 32 /* that wait; more are told at once, out of order rather than not at all */

struct vm_watchers {
	TAILQ_HEAD(vm_watcher_list, vm_watcher) list;
	size_t slots_size;
	bool in_use; /* there is a VM, or was */
	bool telling;
	struct vm_news waiting[VM_NEWS_MAX];
	size_t first, count; /* of waiting, as a ring */
};

void vm_watchers_init(struct vm_watchers *watchers);
/* Borrowed for life. UV_EBUSY after the first VM was made. */
int vm_watchers_add(struct vm_watchers *watchers, struct vm_watcher *watcher);
/* Whether a change is being told. */
bool vm_watchers_tell_now(const struct vm_watchers *watchers);

/* For a VM that is made: memory for its slots, to be freed; NULL without memory. on_begin once it
 * has them. */
void *vm_watchers_slots(struct vm_watchers *watchers);
void vm_watchers_begin(struct vm_watchers *watchers, struct vm *vm);
void vm_watchers_end(struct vm_watchers *watchers, struct vm *vm);

void vm_watchers_state(struct vm_watchers *watchers, struct vm *vm, enum vm_state from);
void vm_watchers_change(struct vm_watchers *watchers, struct vm *vm, enum vm_change change);
void vm_watchers_removed(struct vm_watchers *watchers, struct vm *vm);
/* UV_EPROTO when nobody takes this type. */
int vm_watchers_message(const struct vm_watchers *watchers, struct vm *vm, uint16_t type,
	const ProtobufCMessage *untrusted_message);
void vm_watchers_console(
	const struct vm_watchers *watchers, struct vm *vm, const char *bytes, size_t length);
void vm_watchers_note(const struct vm_watchers *watchers, struct vm *vm, const char *text);

#endif
