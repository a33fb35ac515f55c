#include "host-broker/usb/question.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/usb/change.h"
#include "host-broker/vm/vm.h"
#include "proto/base/log.h"

void usb_questions_init(struct usb_questions *questions, const struct usb_watchers *watchers)
{
	*questions = (struct usb_questions){.watchers = watchers};
}

void usb_questions_finish(struct usb_questions *questions)
{
	for (size_t i = 0; i < questions->count; i++)
		free(questions->list[i]);
	questions->count = 0;
}

static void question_tell(const struct usb_questions *questions,
	const struct usb_question *question, enum usb_change_kind kind)
{
	const struct usb_change change = {.kind = kind, .info = &question->info, .text = ""};

	usb_watchers_tell(questions->watchers, question->vm, &change);
}

void usb_questions_open(struct usb_questions *questions, struct vm *vm, const struct usb_info *info)
{
	struct usb_question *question;

	for (size_t i = 0; i < questions->count; i++)
		if (questions->list[i]->vm == vm &&
			usb_info_same_device(&questions->list[i]->info, info))
			return;
	if (questions->count == USB_QUESTIONS_MAX || !(question = calloc(1, sizeof(*question))))
		return;
	*question = (struct usb_question){.vm = vm, .info = *info};
	questions->list[questions->count++] = question;
	log_info(vm_configuration(vm)->name,
		"usb: %s (%04x:%04x %s) is plugged in; to attach it: vmsilo-usb attach %s %s",
		info->path, info->vendor, info->product, info->name, vm_configuration(vm)->name,
		info->path);
	question_tell(questions, question, USB_CHANGE_ASK);
}

static void question_end(struct usb_questions *questions, size_t index)
{
	struct usb_question *question = questions->list[index];

	questions->list[index] = questions->list[--questions->count];
	question_tell(questions, question, USB_CHANGE_ASK_END);
	free(question);
}

void usb_questions_prune(struct usb_questions *questions,
	bool (*still_open)(const void *data, const struct usb_question *question), const void *data)
{
	for (size_t i = questions->count; i > 0; i--)
		if (!still_open(data, questions->list[i - 1]))
			question_end(questions, i - 1);
}

void usb_questions_end(struct usb_questions *questions, const struct vm *vm)
{
	for (size_t i = questions->count; i > 0; i--)
		if (questions->list[i - 1]->vm == vm)
			question_end(questions, i - 1);
}
