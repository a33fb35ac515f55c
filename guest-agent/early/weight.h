/*
 * Who gets the processor while the system boots: the first command runs beside systemd's start, and
 * the guest may have one CPU.
 */
#ifndef VMSILO_AGENT_EARLY_WEIGHT_H
#define VMSILO_AGENT_EARLY_WEIGHT_H

/* Makes the control group, below the mounted hierarchy, and gives it most of the processor while it
 * wants any: cpu.weight (Documentation/admin-guide/cgroup-v2.rst). It has no more than others when
 * the agent's first program has ended, or when systemd comes to its tmpfiles
 * (imagebuild/debian/tree/etc/tmpfiles.d/vmsilo-weight.conf). What fails is said, and then they
 * share alike. */
void weight_prefer(const char *hierarchy, const char *group);

#endif
