/* What a share's server may, and may use. */
#ifndef VMSILO_BROKER_SHARE_SANDBOX_RIGHTS_H
#define VMSILO_BROKER_SHARE_SANDBOX_RIGHTS_H

#include "proto/base/error.h"

/* A descriptor for each file and folder that the guest has not forgotten. Each keeps some 1 to 2
 * KiB of the host's kernel. */
#define RIGHTS_FILES_MAX (128 * 1024)
/* Private memory: what it knows of each of these, and a buffer for each folder that is read. */
#define RIGHTS_DATA_MAX (UINT64_C(512) << 20)

/* It keeps the capabilities for chroot(2), and for dropping them, in its own namespace: without it
 * a guest's ".." would lead from the folder to what else the server sees. */
int rights_drop(struct error *error);

#endif
