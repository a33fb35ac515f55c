/*
 * How a VM comes to stand still, and runs on.
 *
 *           vm_pause()       it gave, or       the monitor       vm_start(),
 *                            time is up        has stopped it    a waiter ...
 *   NONE -------------> GIVING -------> STOPPING -------> STANDING -------> RESUMING
 *     ^  \--wanted--^     |  ^------------ '                                   | the guest
 *     |    (it starts)    | somebody     tried, in vain: NONE                  v runs on
 *     +-------------------'                                                SETTLING
 *     `------------ its clock is right, or time is up ---------------------------'
 *
 * The VM is RUNNING up to STOPPING, and PAUSED from STANDING on. In GIVING its balloon takes what
 * is above memory_min, for PAUSE_GIVE_MS at most: who asks for the VM then has it at once, and it
 * does not pause. Who asks later waits for the monitor alone.
 */
#ifndef VMSILO_BROKER_VM_PAUSE_H
#define VMSILO_BROKER_VM_PAUSE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PAUSE_GIVE_MS 3000    /* for the balloon, */
#define PAUSE_LOOK_MS 100     /* which is asked so often, */
#define PAUSE_STILL_LOOKS 5   /* and is not waited for once it stood still so long */
#define PAUSE_NEAR (2u << 20) /* bytes: a balloon this near to its target has reached it */
#define PAUSE_STOP_MS 10000   /* for the monitor, whose disks may be slow */
#define PAUSE_SETTLE_MS 2000  /* for the guest's clock */

enum pause_phase {
	PAUSE_NONE,
	PAUSE_GIVING,
	PAUSE_STOPPING,
	PAUSE_STANDING,
	PAUSE_RESUMING,
	PAUSE_SETTLING,
};

/* In each VM. */
struct pause {
	enum pause_phase phase;
	bool wanted;          /* to begin as soon as it is up */
	bool asked;           /* for since it began: it runs on as soon as it stands */
	bool background;      /* it was started in nobody's way, */
	bool was_set;         /* and its monitor so */
	bool in_vain;         /* in this run: its monitor did not stop the guest */
	unsigned int streams; /* that are being opened: they are waited for */
	uint64_t until_ms;    /* of uv_now(), in GIVING */
	uint64_t given_bytes; /* the guest's size when the balloon last moved, */
	unsigned int looks;   /* and how often it was looked at since */
	uv_timer_t timer;     /* each phase's own */
};

struct vm;

/* Told by vm.c; the VM's timer is closed by its owner. */
void pause_init(struct vm *vm);
void pause_on_born(struct vm *vm); /* its monitor's process is there */
void pause_on_adopted(struct vm *vm);
void pause_on_up(struct vm *vm);    /* it can be used */
void pause_on_agent(struct vm *vm); /* it came, so the guest runs */
void pause_on_balloon(struct vm *vm);
void pause_on_stalled(struct vm *vm); /* the host's disk fails it */
void pause_on_stopped(struct vm *vm); /* the monitor: the guest stands still */
void pause_on_resumed(struct vm *vm); /* likewise: it runs on */
/* Somebody asks for the VM: it does not pause, or runs on. */
void pause_withdraw(struct vm *vm);
/* It is to end in an orderly way: runs on for that. */
void pause_end(struct vm *vm);
/* Its run is over. */
void pause_forget(struct vm *vm);

#endif
