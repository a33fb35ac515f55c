#include "guest-agent/setup/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/setup/home.h"
#include "guest-agent/setup/message-check.h"
#include "guest-agent/setup/mount.h"
#include "guest-agent/setup/places.h"
#include "proto/base/cleanup.h"

#define STANDARD_USER "user"
#define ROOT_USER "root"

/* What is left to be done when files and the user are made. */
struct job {
	const char *root;
	const Vmsilo__Control__Setup *message;
	const struct setup_user *user; /* NULL: there is none */
};

/* ---- mounts and the home: in the worker ---- */

static void refuse(struct worker_report *report)
{
	const struct problems *problems = &report->problems;

	if (problems->count > 0)
		snprintf(report->refusal, sizeof(report->refusal), "%s",
			problems->texts[problems->count - 1]);
}

/* Of the system's users root alone has one; others name folders that are not theirs. */
static bool owns_home(const struct setup_user *user)
{
	return user && user->home[0] == '/' && user->home[1] &&
	       (user->uid == 0 || (user->uid >= USER_UID_MIN && user->uid <= USER_UID_MAX));
}

/* That of the home, or all others. */
static void mounts_make(const struct job *job, bool home, struct worker_report *report)
{
	const Vmsilo__Control__Setup *message = job->message;

	/* Only the guest's own kernel has what is wished; a test's root is not it. */
	if (strcmp(job->root, "/") != 0)
		return;

	for (size_t i = 0; i < message->n_mounts; i++) {
		const Vmsilo__Control__Mount *wish = message->mounts[i];
		if (wish->home != home)
			continue;
		const char *path = wish->path[0]          ? wish->path
				   : owns_home(job->user) ? job->user->home
							  : NULL;
		if (!path)
			problems_add(&report->problems, "the home is not mounted: the guest has no "
							"user with a home of his own");
		else if (!mount_make(&mount_system_ops, wish, path, &report->problems) &&
			 wish->home)
			refuse(report);
	}
}

static bool has_home_disk(const Vmsilo__Control__Setup *message)
{
	for (size_t i = 0; i < message->n_mounts; i++)
		if (message->mounts[i]->home)
			return true;
	return false;
}

/* A folder of the system's is no home to be given away, but for a disk of its own. */
static bool has_home(const struct job *job)
{
	return owns_home(job->user) &&
	       (job->user->uid >= USER_UID_MIN || has_home_disk(job->message));
}

static void job_do(const void *data, struct worker_report *report)
{
	const struct job *job = data;

	mounts_make(job, true, report);
	if (!report->refusal[0] && has_home(job))
		home_make(job->root, job->user, &report->problems);
	/* Later: what is mounted in a new home does not make it one that was used. */
	mounts_make(job, false, report);
}

/* ---- files and the user: at once ---- */

static void zone_apply(struct setup *setup, const Vmsilo__Control__Setup *message)
{
	bool by_file = time_zone_apply(setup->options.root, message->time_zone, &setup->problems);

	snprintf(setup->time_zone, sizeof(setup->time_zone), "%s",
		by_file ? "" : message->time_zone_rule);
}

static bool user_apply(
	struct setup *setup, const Vmsilo__Control__User *wanted, struct setup_user *ret)
{
	const char *name = wanted->name[0] || setup->options.small ? wanted->name : STANDARD_USER;

	snprintf(setup->user, sizeof(setup->user), "%s", name);
	return user_make(setup->options.root, name[0] ? name : ROOT_USER, wanted->uid, ret,
		&setup->problems);
}

static void files_apply(struct setup *setup, const Vmsilo__Control__Setup *message)
{
	const char *root = setup->options.root;

	host_name_settle(root, message->host_name, &setup->problems);
	zone_apply(setup, message);
	locale_apply(root, message->locale, setup->locale, &setup->problems);
	if (message->keyboard)
		keyboard_apply(root, message->keyboard, &setup->problems);
}

/* ---- one after the other ---- */

static void apply(struct setup *setup, const Vmsilo__Control__Setup *message);

static void report_take(struct setup *setup, const struct worker_report *report)
{
	struct problems *problems = &setup->problems;

	snprintf(setup->refusal, sizeof(setup->refusal), "%s", report->refusal);
	for (size_t i = 0; i < report->problems.count && problems->count < SETUP_PROBLEMS_MAX; i++)
		memcpy(problems->texts[problems->count++], report->problems.texts[i],
			sizeof(problems->texts[0]));
}

/* All that came meanwhile are answered when the last of them is done. */
static void finish(struct setup *setup)
{
	Vmsilo__Control__Setup *next = steal_pointer(&setup->kept);

	for (; setup->answers > 0; setup->answers--)
		setup->options.on_done(setup->options.data, &setup->problems);
	setup->answers = setup->kept_answers;
	setup->kept_answers = 0;
	if (!next) {
		setup->options.on_busy(setup->options.data, false);
		return;
	}
	apply(setup, next);
	vmsilo__control__setup__free_unpacked(next, NULL);
}

static void on_worker_done(void *data, const struct worker_report *report)
{
	static const struct worker_report none;
	struct setup *setup = data;

	report_take(setup, report ? report : &none);
	if (!report) {
		problems_add(&setup->problems, "disks and shares: mounting them took too long, or "
					       "was interrupted");
		if (setup->has_home_disk)
			snprintf(setup->refusal, sizeof(setup->refusal),
				"the home is not there: "
				"mounting it took too long, or was interrupted");
	}
	finish(setup);
}

static void apply(struct setup *setup, const Vmsilo__Control__Setup *message)
{
	struct worker_report report = {0};
	struct setup_user user;
	struct job job = {.root = setup->options.root, .message = message};

	setup->problems.count = 0;
	setup->had_none |= !has_home_disk(message);
	setup->has_home_disk = has_home_disk(message);
	files_apply(setup, message);
	if (user_apply(setup, message->user, &user))
		job.user = &user;
	if (message->n_mounts > 0 && worker_start(&setup->worker, job_do, &job) == 0) {
		setup->options.on_busy(setup->options.data, true);
		return;
	}
	/* Without a process for it: better late than never. */
	job_do(&job, &report);
	report_take(setup, &report);
	finish(setup);
}

/* NULL: memory is short. */
static Vmsilo__Control__Setup *message_copy(const Vmsilo__Control__Setup *message)
{
	size_t length = vmsilo__control__setup__get_packed_size(message);
	_cleanup_free_ uint8_t *packed = malloc(length + 1);

	if (!packed)
		return NULL;
	vmsilo__control__setup__pack(message, packed);
	return vmsilo__control__setup__unpack(NULL, length, packed);
}

int setup_take(struct setup *setup, const Vmsilo__Control__Setup *message)
{
	if (!setup->options.root || !setup_is_right(message))
		return UV_EPROTO;
	if (setup->worker.pid == 0) {
		setup->answers = 1;
		apply(setup, message);
		return 0;
	}
	setup->kept_answers++;
	if (setup->kept)
		vmsilo__control__setup__free_unpacked(setup->kept, NULL);
	setup->kept = message_copy(message);
	return setup->kept ? 0 : UV_ENOMEM;
}

void setup_broker_lost(struct setup *setup)
{
	setup->answers = setup->kept_answers = 0;
}

const char *setup_refusal(const struct setup *setup, const char *user)
{
	bool is_his = !setup->had_none && setup->user[0] && strcmp(setup->user, ROOT_USER) != 0 &&
		      strcmp(user, setup->user) == 0;

	return is_his && setup->refusal[0] ? setup->refusal : NULL;
}

void setup_init(struct setup *setup, uv_loop_t *loop, const struct setup_options *options)
{
	*setup = (struct setup){.options = *options};
	worker_init(&setup->worker, loop, on_worker_done, setup);
}
