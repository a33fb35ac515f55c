/* Is KVM really usable? There are machines whose /dev/kvm opens and then hangs ordinary guests.
 * Pure over given facts. */
#ifndef VMSILO_BROKER_MONITOR_ACCEL_H
#define VMSILO_BROKER_MONITOR_ACCEL_H

#include <stdbool.h>

#include "host-broker/config/config.h"

struct accel_facts {
	bool kvm_opens;          /* /dev/kvm, read-write */
	bool cpu_virtualization; /* flag vmx or svm in /proc/cpuinfo */
};

void accel_facts_get(struct accel_facts *ret);
/* *ret_kvm: what to use. UV_ENOTSUP and a sentence when kvm is demanded and cannot be had. */
int accel_choose(
	enum accel wanted, const struct accel_facts *facts, bool *ret_kvm, struct error *error);
/* One line for the user: why software emulation is used; "" with KVM. */
const char *accel_explain(const struct accel_facts *facts);

#endif
