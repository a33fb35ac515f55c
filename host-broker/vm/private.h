/* What vm.c, deadline.c, pause.c and host-broker/vm/requests.c share: the VM itself. Nobody else
 * includes this.
 */
#ifndef VMSILO_BROKER_VM_PRIVATE_H
#define VMSILO_BROKER_VM_PRIVATE_H

#include "host-broker/vm/pause.h"
#include "host-broker/vm/restart-backoff.h"
#include "host-broker/vm/run.h"
#include "host-broker/vm/stop-ladder.h"
#include "host-broker/vm/vm.h"
#include "proto/io/closer.h"

/* What the VM's one timer stands for. */
enum deadline {
	DEADLINE_NONE,
	DEADLINE_START, /* the agent must have come */
	DEADLINE_AGENT, /* the agent went away while running, and must have come back */
};

/* What a watcher has asked of it while it was told something. The last wish counts. */
struct asked {
	bool start; /* else it is to stop */
	bool force;
	uint32_t timeout_ms;
};

struct vm {
	const struct vm_environment *environment;
	const struct vm_config *config; /* what it goes by */
	const struct vm_config *newest; /* what its next start goes by */
	/* While it is neither STOPPED nor FAILED: what it was started with, and both in one. */
	const struct vm_config *ran;
	struct vm_config merged;
	bool leaves; /* is no longer configured */
	enum vm_state state;
	struct error reason; /* of the last end; text "" for none */
	struct console_ring console;

	/* While it is neither STOPPED nor FAILED. */
	struct run run;
	Vmsilo__Broker__Stage stage; /* how far the start came */
	uint64_t runs;               /* that it has begun */
	bool ending;                 /* it was said that the run will end */
	uint64_t up_since_ms;        /* boot_now_ms() of its agent's first coming; 0: not yet */
	unsigned int sessions, windowed;
	enum vm_stall stall;
	char agent[65];

	struct closer closer;
	uv_timer_t timer;
	enum deadline deadline;
	struct stop_ladder stop;
	struct pause pause;
	struct waiters waiters;
	uv_timer_t again; /* for waiters that are due */
	struct asked asked;
	uv_timer_t soon; /* for what is asked */
	char *slots;     /* of those who watch */
	struct restart_backoff backoff;
	void (*on_closed)(void *data);
	void *on_closed_data;
};

static inline const char *vm_name(const struct vm *vm)
{
	return vm->config->name;
}

/* The one place that changes the state. */
void vm_change(struct vm *vm, enum vm_event event);
/* Why its run ends. The first reason is the true one: what follows are its consequences. */
void vm_reason_set(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* In deadline.c. */
void vm_deadline_set(struct vm *vm, enum deadline deadline, uint32_t timeout_ms);
void vm_deadline_clear(struct vm *vm);
/* It runs, and is of no use: ends it, for this reason. */
void vm_give_up(struct vm *vm, const char *why);
/* There are machines whose KVM opens, and hangs or kills what runs by it: how to do without. For
 * the end of the reason of a failed start; "" where it does not run by KVM, or waits for something
 * else. */
const char *vm_kvm_doubt(const struct vm *vm);
/* True: watchers are being told something, and it is done when the loop turns. */
bool vm_ask_later(struct vm *vm, const struct asked *asked);
/* While it runs: goes by the newest configuration, but for what only the next start can take, which
 * stays as it ran with; and writes that down for a later broker. */
void vm_take(struct vm *vm, const struct vm_config *ran);
/* Why requests do not start it now; false: they may. */
#define BACKOFF_TEXT_SIZE 1280
bool vm_is_backed_off(const struct vm *vm, char ret[BACKOFF_TEXT_SIZE]);

#endif
