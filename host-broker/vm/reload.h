/* What a reload of the configuration did: for the answer, and for the log. */
#ifndef VMSILO_BROKER_VM_RELOAD_H
#define VMSILO_BROKER_VM_RELOAD_H

#include "host-broker/vm/table.h"
#include "proto/broker.pb-c.h"

struct reload_report {
	Vmsilo__Broker__Reloaded__Change *changes;
	size_t count;
	size_t vms; /* that are configured now */
};

void reload_report_add(struct reload_report *report, const struct vm *vm, enum reload_kind kind,
	const struct config_difference *difference);
void reload_report_finish(struct reload_report *report);
/* For SIGHUP, whose sender gets no answer. */
void reload_report_log(const struct reload_report *report);

#endif
