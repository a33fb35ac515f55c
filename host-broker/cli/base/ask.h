/* What most commands do: find the broker of the user, ask it one thing, and report how it went. */
#ifndef VMSILO_BROKER_CLI_BASE_ASK_H
#define VMSILO_BROKER_CLI_BASE_ASK_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "host-broker/cli/base/broker-client.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

/* 0 with an answer that is the caller's, or an exit code after the failure was told. wanted: the
 * type of the answer that is no failure. start: may start a broker. */
int ask(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret);
/* Likewise, but a FAILURE is an answer as well, which is not told. */
int ask_once(bool start, uint16_t type, const ProtobufCMessage *request, uint16_t wanted,
	struct broker_answer *ret);
/* Asks for something that is answered by DONE, says its note, if any; returns an exit code. */
int ask_done(bool start, uint16_t type, const ProtobufCMessage *request);
/* Whether a broker knows the VM ("": any) and lets us use it; may start a broker. 0, or an exit
 * code after the failure was told. */
int ask_known(const char *vm);

/* Of one VM; returns an exit code. */
typedef int (*ask_vm_cb)(void *data, const char *vm);
/* The same of several, NULL-terminated, at the same time: each in a process of its own, which says
 * what went wrong. ret_codes: one for each; NULL: not wanted. Returns the first that is not 0. */
int ask_each(char *const *vms, ask_vm_cb ask_vm, void *data, int *ret_codes);

#endif
