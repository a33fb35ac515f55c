/*
 * Tells the user that a VM is about to stop because nobody uses it, with a button that keeps it:
 *
 *   event IDLE with a time --> shown --the button--> INHIBIT for IDLE_KEEP_MS
 *                                |
 *                                `--event IDLE without a time, the VM stops, the broker goes-->
 * closed
 *
 * The words are ours; of the VM there is its name, which the broker has checked.
 */
#ifndef VMSILO_TRAY_NOTICES_IDLE_H
#define VMSILO_TRAY_NOTICES_IDLE_H

#include "proto/broker.pb-c.h"
#include "proto/limits.h"
#include "tray/link/broker-request.h"
#include "tray/notices/question.h"

#define IDLE_KEEP_MS (60 * 60 * 1000) /* what a press of the button gives */
#define IDLE_NOTICES_MAX 32           /* at once */

struct host_idle;

struct idle_notice {
	struct host_idle *idle;
	char vm[VM_NAME_MAX + 1]; /* "": this place is free */
	struct host_question question;
	struct broker_request *keep;
};

struct host_idle {
	uv_loop_t *loop;
	struct host_service *service;
	const char *path; /* of the broker's socket */
	struct idle_notice list[IDLE_NOTICES_MAX];
};

void host_idle_init(
	struct host_idle *idle, uv_loop_t *loop, struct host_service *service, const char *path);
void host_idle_finish(struct host_idle *idle);
void host_idle_event(struct host_idle *idle, const Vmsilo__Broker__Event *event);
/* Nothing is known of any VM any more. */
void host_idle_lost(struct host_idle *idle);
/* Every signal of the bus. */
void host_idle_signal(struct host_idle *idle, DBusMessage *signal);

#endif
