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
#include "tray/notices/questions.h"

#define IDLE_KEEP_MS (60 * 60 * 1000) /* what a press of the button gives */

extern const struct host_question_ops idle_question_ops;

void idle_questions_event(struct questions *questions, const Vmsilo__Broker__Event *event);

#endif
