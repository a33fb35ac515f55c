/*
 * A notification of our own on the host's desktop, with a button or none: it stays until it is no
 * longer true. The service's number for it may come late, and it may be closed before that.
 *
 *   (free) --show--> SHOWN --show: other words--> SHOWN --close, or the user's hand--> (free)
 */
#ifndef VMSILO_TRAY_NOTICES_QUESTION_H
#define VMSILO_TRAY_NOTICES_QUESTION_H

#include <dbus/dbus.h>
#include <stdbool.h>
#include <stdint.h>

#include "tray/notices/service.h"

/* Words are UTF-8 without markup, and not defused yet. */
struct host_question_words {
	const char *summary;
	const char *body;
	const char *button; /* NULL: none */
};

struct host_question_ops {
	void (*on_button)(void *data);
	/* It is not shown any more, by whomever: the user, the service, host_question_close(). */
	void (*on_closed)(void *data);
};

struct host_question {
	struct host_service *service;
	const struct host_question_ops *ops;
	void *data;
	bool shown;
	bool close;       /* as soon as its number is known */
	uint32_t host_id; /* 0: not known yet */
	DBusPendingCall *call;
};

/* service: borrowed for life. */
void host_question_init(struct host_question *question, struct host_service *service,
	const struct host_question_ops *ops, void *data);
/* While the service still thinks about the words before, these are lost: what is shown stays. */
void host_question_show(struct host_question *question, const struct host_question_words *words);
/* Nothing happens to one that is not shown. */
void host_question_close(struct host_question *question);
/* No callback comes after it. */
void host_question_finish(struct host_question *question);
/* Every signal of the bus. */
void host_question_signal(struct host_question *question, DBusMessage *signal);

#endif
