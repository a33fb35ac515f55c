/* By which one boot of a machine is told from another (random(4)): what counts from the boot, start
 * times of processes above all, means nothing in the next. */
#ifndef VMSILO_PROTO_BASE_BOOT_ID_H
#define VMSILO_PROTO_BASE_BOOT_ID_H

#include <stdbool.h>

#define BOOT_ID_SIZE 37 /* with the terminator */

/* "" where the kernel does not tell. */
void boot_id_get(char out[BOOT_ID_SIZE]);
/* Whether what was written with this id is of this boot. */
bool boot_id_is_current(const char *untrusted_id);

#endif
