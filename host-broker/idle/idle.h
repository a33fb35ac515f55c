/*
 * Pauses and stops VMs that nobody uses, as their `idle:` says (host-broker/idle/policy.h decides).
 * One timer for each VM, which runs only while it counts.
 *
 * What on the host keeps a VM is a hold: an inhibitor, an attached device, items in a panel.
 */
#ifndef VMSILO_BROKER_IDLE_IDLE_H
#define VMSILO_BROKER_IDLE_IDLE_H

#include "host-broker/idle/policy.h"
#include "host-broker/idle/why.h"
#include "host-broker/vm/launch.h"
#include "host-broker/vm/vm.h"

#define IDLE_HOLDS_MAX 256 /* of one VM */
#define IDLE_KEEP_MAX_MS (24u * 60 * 60 * 1000)

struct idle;
struct idle_hold;

struct idle_options {
	struct vm_environment *environment; /* borrowed for life, likewise why */
	struct why *why;
	/* A VM's coming end was announced, or withdrawn: idle_status(). From the loop. */
	void (*on_announced)(void *data, struct vm *vm);
	/* Counts what crossed the networks of VMs; idle_counted() follows for each, from inside or
	 * later. May be called again before. NULL: nobody counts, and nothing crosses them. */
	void (*count)(void *data);
	void *data;
};

/* Watches the VMs of the environment. */
int idle_create(const struct idle_options *options, struct idle **ret);
/* After the VMs have ended. */
void idle_destroy(struct idle *idle);

/* code: REASON_INHIBITED, REASON_USB, REASON_TRAY, REASON_WINDOW, REASON_HIDDEN or
 * REASON_NETWORK_CLIENT. text: a sentence for `vmsilo why`. The VM need not run. UV_ENOBUFS at the
 * bound. A hold outlasts its VM: whoever added it releases it. */
int idle_hold_add(
	struct idle *idle, struct vm *vm, const struct reason *reason, struct idle_hold **ret);
void idle_hold_release(struct idle_hold *hold);
/* How many items all holds of REASON_TRAY, say, stand for. */
uint32_t idle_count(struct idle *idle, const struct vm *vm, enum reason_code code);
/* How many windows are open, whether or not anybody sees them. */
uint32_t idle_windows(struct idle *idle, const struct vm *vm);
/* Whether there is such a hold; *ret: its reason, borrowed until it is released. */
bool idle_held(
	struct idle *idle, const struct vm *vm, enum reason_code code, const struct reason **ret);
/* So many bytes had crossed its network, in both directions, since any time. */
void idle_counted(struct idle *idle, struct vm *vm, uint64_t bytes);
/* The VM does not stop by itself for so long, at most IDLE_KEEP_MAX_MS. */
void idle_keep(struct idle *idle, struct vm *vm, uint32_t for_ms);

struct idle_status {
	enum idle_kind kind;
	uint64_t since_ms, stop_at_ms; /* Unix time, of IDLE_COUNTING, as pause_at_ms */
	uint64_t pause_at_ms;          /* 0: it is not paused before; stop_at_ms 0: it stays so */
	bool announced;                /* within idle_config.notify_ms of its end */
};
void idle_status(struct idle *idle, struct vm *vm, struct idle_status *ret);
/* Why it runs, and that it will stop. */
void idle_reasons(struct idle *idle, struct vm *vm, struct reasons *ret);

#endif
