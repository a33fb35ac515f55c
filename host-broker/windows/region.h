/*
 * The region of memory that a VM's windows come through without being copied: a memfd of ours,
 * apart from the guest's RAM, that the monitor gives the guest as a device, and whose size nobody
 * can change. The monitor has it as long as it lives, and there it is found again, by whichever
 * broker.
 */
#ifndef VMSILO_BROKER_WINDOWS_REGION_H
#define VMSILO_BROKER_WINDOWS_REGION_H

#include <stdint.h>
#include <sys/types.h>

#include "host-broker/vm/launch.h"

#define REGION_DEFAULT (UINT64_C(64) << 20) /* eight pictures of 1920x1080, */
#define REGION_SHARE 16                     /* at most such a part of what is free, */
#define REGION_LEAST (UINT64_C(16) << 20)   /* or none, if that is less; two of 1920x1080 */

/* How large it is to be, a power of two: as asked, or by what is free where nothing is asked for;
 * 0: there is none. Pure. */
uint64_t region_size(uint64_t asked, uint64_t available);

/* For vm_environment.sources; data: the environment. */
int region_add(void *data, const struct run_context *context, struct error *error);

/* The region that a monitor has: a descriptor, the caller's, and its size; or UV_ENOENT. proc:
 * "/proc". One whose size could change is none. */
int region_find(const char *proc, pid_t monitor, uint64_t *ret_bytes);

#endif
