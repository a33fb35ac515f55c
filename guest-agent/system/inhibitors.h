/* Programs in the guest that want it to stay: a file for each in /run/vmsilo/inhibit.d. */
#ifndef VMSILO_AGENT_SYSTEM_INHIBITORS_H
#define VMSILO_AGENT_SYSTEM_INHIBITORS_H

#include <stdint.h>

#define INHIBITORS_FOLDER "/run/vmsilo/inhibit.d"
#define INHIBITORS_MAX 1024 /* counted; more are as good as one */

/* Files in the folder but those whose name begins with a dot; 0 when there is no folder. */
uint32_t inhibitors_count(const char *folder);

#endif
