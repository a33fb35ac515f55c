/* Tables of back ends, which end with NULL: registry.h has the program's, a test's broker one of
 * its own. Pure. */
#ifndef VMSILO_BROKER_MONITOR_TABLE_H
#define VMSILO_BROKER_MONITOR_TABLE_H

#include "host-broker/monitor/monitor.h"

/* NULL when there is none. */
const struct monitor_ops *monitor_find(const struct monitor_ops *const *registry, const char *name);
/* Whether it binds a socket itself, and needs RUNTIME/VM/monitor/ for it. */
bool monitor_binds(const struct monitor_ops *ops);

#endif
