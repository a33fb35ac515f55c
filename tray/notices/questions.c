#include "tray/notices/questions.h"

#include <stdio.h>
#include <string.h>

void questions_init(struct questions *questions, uv_loop_t *loop, struct host_service *service,
	const char *path, const struct host_question_ops *ops)
{
	*questions = (struct questions){.loop = loop, .path = path};
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		struct question *question = &questions->list[i];
		question->questions = questions;
		host_question_init(&question->shown, service, ops, question);
	}
}

void questions_finish(struct questions *questions)
{
	questions_lost(questions);
	for (size_t i = 0; i < QUESTIONS_MAX; i++)
		question_forget(&questions->list[i]);
}

void questions_lost(struct questions *questions)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++)
		host_question_close(&questions->list[i].shown);
}

void questions_signal(struct questions *questions, DBusMessage *signal)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++)
		host_question_signal(&questions->list[i].shown, signal);
}

struct question *question_find(struct questions *questions, const char *vm, const char *thing)
{
	for (size_t i = 0; i < QUESTIONS_MAX; i++) {
		struct question *question = &questions->list[i];
		if (strcmp(question->vm, vm) == 0 && strcmp(question->thing, thing) == 0)
			return question;
	}
	return NULL;
}

struct question *question_take(struct questions *questions, const char *vm, const char *thing)
{
	struct question *question = question_find(questions, vm, thing);

	if (!question)
		question = question_find(questions, "", "");
	if (!question)
		return NULL;
	snprintf(question->vm, sizeof(question->vm), "%s", vm);
	snprintf(question->thing, sizeof(question->thing), "%s", thing);
	return question;
}

void question_forget(struct question *question)
{
	host_question_finish(&question->shown);
	broker_request_cancel(&question->request);
	question->vm[0] = question->thing[0] = '\0';
}

void question_show(struct question *question, const struct host_question_words *words)
{
	host_question_show(&question->shown, words);
	if (!question->shown.shown)
		question_forget(question);
}

int question_ask(struct question *question, uint16_t type, const ProtobufCMessage *message,
	const struct broker_request_ops *ops)
{
	const struct questions *questions = question->questions;

	if (question->request)
		return 0;
	return broker_request_start(
		questions->loop, questions->path, type, message, ops, question, &question->request);
}

void question_closed(void *data)
{
	struct question *question = data;

	if (!question->request)
		question_forget(question);
}
