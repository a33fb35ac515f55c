/* What the client prints of the broker's answers. */
#ifndef VMSILO_BROKER_CLI_BASE_REPORT_H
#define VMSILO_BROKER_CLI_BASE_REPORT_H

#include <stdint.h>

#include "proto/base/error.h"
#include "proto/broker.pb-c.h"

/* Says why on stderr; returns the exit code for it. */
int report_failure(const Vmsilo__Broker__Failure *failure);
int report_error(const struct error *error);
/* The broker answered with what is none; vm: "" where it is of none. */
int report_unexpected(const char *vm);

/* What is worth a look, and no failure. */
void report_warning(const char *text);
/* What is as it should be, though nothing was done. */
void report_note(const char *text);

const char *report_state_name(Vmsilo__Broker__VmState state);
void report_list(const Vmsilo__Broker__VmList *list);
void report_status(const Vmsilo__Broker__Vm *vm);
/* An array for list, one object for status. */
void report_json(const Vmsilo__Broker__VmList *list, int single);

#endif
