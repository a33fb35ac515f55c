/* Asks the broker to stop one VM or to pause it; and, when others go through it to the network, the
 * user. */
#ifndef VMSILO_BROKER_CLI_COMMAND_STOP_VM_H
#define VMSILO_BROKER_CLI_COMMAND_STOP_VM_H

#include "proto/broker.pb-c.h"

/* An exit code of those two alone: others go through it. */
#define ASK_IN_USE 1

/* Asks for something that is answered by DONE; returns an exit code. What went wrong is told, but
 * for ASK_IN_USE. */
int ask_unless_in_use(uint16_t type, const ProtobufCMessage *request);
int stop_vm_try(const Vmsilo__Broker__StopVm *request);
/* Likewise. Where the user has a terminal he is asked whether it is to be all the same; else that
 * is told as well. */
int stop_vm(const Vmsilo__Broker__StopVm *request);

#endif
