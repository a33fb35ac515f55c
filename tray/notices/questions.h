/*
 * The questions of one kind that are shown at once: each of a VM, or of one thing of a VM, with a
 * button that asks the broker for something. A place is free again when the question is closed and
 * the broker has answered.
 */
#ifndef VMSILO_TRAY_NOTICES_QUESTIONS_H
#define VMSILO_TRAY_NOTICES_QUESTIONS_H

#include "proto/limits.h"
#include "tray/link/broker-request.h"
#include "tray/notices/question.h"

#define QUESTIONS_MAX 32 /* at once */
#define QUESTION_THING_SIZE 64
#define QUESTION_NAME_SIZE 128

struct questions;

struct question {
	struct questions *questions;
	char vm[VM_NAME_MAX + 1];        /* "": this place is free */
	char thing[QUESTION_THING_SIZE]; /* "": it is of the VM itself */
	char name[QUESTION_NAME_SIZE];   /* of the thing, for people */
	struct host_question shown;
	struct broker_request *request; /* what the button asked for */
};

struct questions {
	uv_loop_t *loop;
	const char *path; /* of the broker's socket */
	struct question list[QUESTIONS_MAX];
};

/* The callbacks get the struct question; on_closed should be question_closed(). */
void questions_init(struct questions *questions, uv_loop_t *loop, struct host_service *service,
	const char *path, const struct host_question_ops *ops);
void questions_finish(struct questions *questions);
/* The broker is gone, and what it said is no longer true. */
void questions_lost(struct questions *questions);
/* Every signal of the bus. */
void questions_signal(struct questions *questions, DBusMessage *signal);

/* NULL: there is none. */
struct question *question_find(struct questions *questions, const char *vm, const char *thing);
/* The one that is there, or a free place that is its own now; NULL: all are taken. */
struct question *question_take(struct questions *questions, const char *vm, const char *thing);
/* Gives the place up where nothing can be shown. */
void question_show(struct question *question, const struct host_question_words *words);
void question_forget(struct question *question);
/* Unless it has asked already. 0 or a negative UV_E*: no broker runs. */
int question_ask(struct question *question, uint16_t type, const ProtobufCMessage *message,
	const struct broker_request_ops *ops);
/* Gives the place up, unless the answer to the button is still to come. */
void question_closed(void *data);

#endif
