/*
 * A guest's report, checked: figures that its kernel could have written, and not too many of them.
 * What it means is the policy's; a lie within these bounds harms the guest alone. Pure.
 */
#ifndef VMSILO_BROKER_MEMORY_REPORT_CHECK_H
#define VMSILO_BROKER_MEMORY_REPORT_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/meminfo.h"
#include "proto/control.pb-c.h"

struct report {
	struct meminfo info;
	struct pressure pressure;
	bool by_pressure; /* it was not asked for */
};

/* memory: the most that the guest has. UV_EPROTO for what cannot be. */
int report_check(
	const Vmsilo__Control__Report *untrusted_report, uint64_t memory, struct report *ret);

#endif
