/*
 * Guests' clocks: tells each agent the host's time, with some randomness, when
 *
 *   - the agent has connected,
 *   - the host's clock jumped, since it slept or was set (host-broker/clock/change.h),
 *   - the guest ran on after its monitor had stopped it: who waits for the VM waits for that,
 *   - a program has started or ended in it, and it was not told for a minute: clocks drift.
 *
 * The agent answers. One that does not within CLOCK_ANSWER_MS counts as dead: its channel is
 * closed, and the VM's own rules decide what follows. The time that a VM is paused does not count.
 * At rest this causes no wake-ups.
 */
#ifndef VMSILO_BROKER_CLOCK_KEEPER_H
#define VMSILO_BROKER_CLOCK_KEEPER_H

#include "host-broker/vm/launch.h"

#define CLOCK_ANSWER_MS 10000
#define CLOCK_FRESH_MS 60000
#define CLOCK_ENTROPY 32 /* bytes; what seeds a random generator */

struct clock_keeper;

/* Watches the VMs of the environment, which is borrowed for life. Destroyed after they have ended.
 */
int clock_keeper_create(struct vm_environment *environment, struct clock_keeper **ret);
void clock_keeper_destroy(struct clock_keeper *keeper);

#endif
