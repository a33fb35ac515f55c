#include "host-broker/parts/helper.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define STRAY_RELEASE_MS 2000

static void process_drop(struct helper *helper)
{
	if (helper->process)
		process_destroy(helper->process);
	helper->process = NULL;
}

static void end_text(int status, char *out, size_t size)
{
	if (status == -1)
		snprintf(out, size, "is gone");
	else if (WIFSIGNALED(status))
		snprintf(out, size, "was killed by signal %d", WTERMSIG(status));
	else
		snprintf(out, size, "exited with status %d", WEXITSTATUS(status));
}

static void helper_made(struct helper *helper)
{
	struct error error = {0};
	int code = helper->made ? helper->made(helper, &error) : 0;

	if (code < 0)
		part_failed(helper->part, &error);
	else
		part_ready(helper->part);
}

static void on_process_gone(void *data, int status)
{
	struct helper *helper = data;
	char text[64];

	snprintf(helper->last_words, sizeof(helper->last_words), "%s",
		process_tail(helper->process));
	helper->status = status;
	end_text(status, text, sizeof(text));
	process_drop(helper);
	helper->id = (struct process_id){0};
	if (helper->part->kind->passes && status == 0 && helper->part->state == PART_PREPARING)
		helper_made(helper);
	else
		part_ended(helper->part, text);
}

static void on_process_words(void *data)
{
	struct helper *helper = data;

	if (!strstr(process_tail(helper->process), helper->ready_words))
		return;
	process_on_words(helper->process, NULL);
	part_ready(helper->part);
}

static int on_born(void *data, struct process_id id, struct error *error)
{
	struct helper *helper = data;

	helper->id = id;
	return part_record(helper->part, error);
}

int helper_run(struct helper *helper, const struct child_options *options, struct error *error)
{
	struct child_options recorded = *options;

	recorded.on_born = on_born;
	recorded.born_data = helper;
	int code = process_start(
		helper->loop, &recorded, on_process_gone, helper, &helper->process, error);
	if (code == 0 && helper->ready_words)
		process_on_words(helper->process, on_process_words);
	return code;
}

int helper_prepare(struct part *part, struct error *error)
{
	struct helper *helper = part->data;

	helper->part = part;
	int code = helper->start(helper, error);
	bool waits = helper->process && (part->kind->passes || helper->ready_words);
	return code == 0 && waits ? PART_WAITS : code;
}

int helper_release(struct part *part)
{
	struct helper *helper = part->data;

	if (!helper->process)
		return 0;
	process_kill(helper->process, SIGTERM);
	return PART_WAITS;
}

void helper_force(struct part *part)
{
	struct helper *helper = part->data;

	if (helper->process)
		process_kill(helper->process, SIGKILL);
}

void helper_forget(struct part *part)
{
	process_drop(part->data);
}

struct process_id helper_record(const struct part *part)
{
	return ((const struct helper *)part->data)->id;
}

int helper_adopt(struct part *part, const struct part_record *record, struct error *error)
{
	struct helper *helper = part->data;

	helper->part = part;
	helper->id = record->process;
	int code = process_adopt(
		helper->loop, record->process, on_process_gone, helper, &helper->process);
	if (code < 0)
		return error_set(error, code, "it is no longer running");
	return part->kind->passes ? error_set(error, UV_ECANCELED, "it was not done yet") : 0;
}

bool helper_lives(const struct part *part)
{
	const struct helper *helper = part->data;

	return helper->process && process_lives(helper->process);
}

/* ---- one that nobody knows ---- */

static int stray_adopt(struct part *part, const struct part_record *record, struct error *error)
{
	struct helper *helper = calloc(1, sizeof(*helper));

	if (!helper)
		return error_set(error, UV_ENOMEM, "out of memory");
	helper->loop = parts_loop(part->parts);
	part->data = helper;
	return helper_adopt(part, record, error);
}

static void stray_forget(struct part *part)
{
	if (!part->data)
		return;
	helper_forget(part);
	free(part->data);
}

const struct part_kind helper_stray = {.name = "stray",
	.death = PART_DEATH_DEGRADES,
	.release_ms = STRAY_RELEASE_MS,
	.release = helper_release,
	.force = helper_force,
	.forget = stray_forget,
	.record = helper_record,
	.adopt = stray_adopt,
	.lives = helper_lives};
