/*
 * What a message of the guest costs the host, in units of about 3 us with the compositor's share,
 * and how long the next must wait when too much has come: a guest that floods has 30 % of a
 * processor and no more. It is delayed, not punished. Pure.
 */
#ifndef VMSILO_TRAY_WINDOWS_RULES_WORK_H
#define VMSILO_TRAY_WINDOWS_RULES_WORK_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "proto/base/rate.h"

#define WORK_PER_SECOND 100000
#define WORK_BURST 60000    /* a desktop's windows, all at once, do not wait */
#define WORK_PIXELS 4096    /* that one unit copies or fills */
#define WORK_NEW_WINDOW 150 /* the compositor's part is most of it */

/* message: NULL for PIXELS, whose RECT has paid. */
uint32_t work_of(uint16_t type, const ProtobufCMessage *untrusted_message);
void work_init(struct rate *rate, uint64_t now_ms);

#endif
