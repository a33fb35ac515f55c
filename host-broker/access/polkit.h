/*
 * Asks the machine's polkit whether somebody may do what the configuration does not allow him: over
 * the system's D-Bus, without waiting (org.freedesktop.PolicyKit1.Authority.CheckAuthorization; see
 * polkit(8)). polkit may ask him for a password in his own session.
 *
 *   actions: org.vmsilo.use, org.vmsilo.manage; detail "vm": the VM's name
 *
 * Where there is no polkit the answer is no.
 */
#ifndef VMSILO_BROKER_ACCESS_POLKIT_H
#define VMSILO_BROKER_ACCESS_POLKIT_H

#include <stdbool.h>
#include <sys/types.h>
#include <uv.h>

#include "host-broker/access/access.h"

#define POLKIT_ANSWER_TIMEOUT_MS (3 * 60 * 1000) /* a person may be asked */

struct polkit;
struct polkit_check;

/* Nothing is connected to before the first check. */
int polkit_create(uv_loop_t *loop, struct polkit **ret);
/* Checks are cancelled already. */
void polkit_destroy(struct polkit *polkit);

/* on_answer is called once, never from inside, unless polkit_check_cancel() comes first. pid and
 * uid: of the peer, as the kernel says. vm: "" for what concerns the whole broker, or all
 * VMs. interactive: polkit may ask him. A negative UV_E*
 * when polkit cannot be asked. */
int polkit_check_start(struct polkit *polkit, pid_t pid, uid_t uid, enum access wanted,
	const char *vm, bool interactive, void (*on_answer)(void *data, bool allowed), void *data,
	struct polkit_check **ret);
void polkit_check_cancel(struct polkit_check *check);

#endif
