/*
 * Monitors that exist in memory only, in place of host-broker/monitor/monitor.c: a test says
 * what they do. What is linked with this has no real one.
 */
#ifndef VMSILO_TESTS_FAKE_MONITOR_H
#define VMSILO_TESTS_FAKE_MONITOR_H

#include "host-broker/monitor/monitor.h"

/* The table with the one back end that such a VM's configuration may name: "qemu". */
extern const struct monitor_ops *const fake_monitor_registry[];
/* Likewise, without a vsock device beside it. */
extern const struct monitor_ops *const fake_monitor_alone_registry[];

/* The VM's monitor; NULL while there is none. */
struct monitor *fake_monitor_find(const char *vm);
/* Those take what fake_monitor_find() gave. */
void fake_monitor_event(struct monitor *monitor, enum monitor_event event);
void fake_monitor_balloon(struct monitor *monitor, uint64_t guest_bytes);
void fake_monitor_console(struct monitor *monitor, const char *bytes, size_t length);
/* How much was asked of the balloon last; 0: nothing. */
uint64_t fake_monitor_wanted(const struct monitor *monitor);
/* How often it was asked to stop the guest, and to let it run on. Whether it does, a test says by
 * an event. */
unsigned int fake_monitor_pauses(const struct monitor *monitor);
unsigned int fake_monitor_resumes(const struct monitor *monitor);
/* It ends, as monitor_kill() makes it end: told from the loop. */
void fake_monitor_exit(struct monitor *monitor, enum monitor_end end);

#endif
