/* What a broker may say in a SETUP. */
#ifndef VMSILO_AGENT_SETUP_MESSAGE_CHECK_H
#define VMSILO_AGENT_SETUP_MESSAGE_CHECK_H

#include <stdbool.h>

#include "proto/control.pb-c.h"

bool setup_is_right(const Vmsilo__Control__Setup *message);

#endif
