/* Asks the broker to stop one VM; and, when others go through it to the network, the user. */
#ifndef VMSILO_BROKER_CLI_COMMAND_STOP_VM_H
#define VMSILO_BROKER_CLI_COMMAND_STOP_VM_H

#include "proto/broker.pb-c.h"

/* An exit code of stop_vm_try() alone: others go through it. */
#define STOP_VM_IN_USE 1

/* Returns an exit code; what went wrong is told, but for STOP_VM_IN_USE. */
int stop_vm_try(const Vmsilo__Broker__StopVm *request);
/* Likewise. Where the user has a terminal he is asked whether it is to be all the same; else that
 * is told as well. */
int stop_vm(const Vmsilo__Broker__StopVm *request);

#endif
