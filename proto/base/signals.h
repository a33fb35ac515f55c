/* What a process does about signals, as it came from whoever started it. */
#ifndef VMSILO_PROTO_BASE_SIGNALS_H
#define VMSILO_PROTO_BASE_SIGNALS_H

#include <stdbool.h>

/* All have their default action, and none is blocked: for a process that is to begin afresh. */
void signals_reset(void);
/* Ignored when we were started (nohup(1), a script's "&", trap '' in a shell): it stays so. */
bool signal_is_ignored(int number);

#endif
