#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/copy/plan.h"
#include "host-broker/cli/copy/worker.h"
#include "host-broker/config/value/units.h"
#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/copy/destination.h"
#include "proto/copy/rules.h"
#include "proto/host/standard-fds.h"
#include "proto/wire/message.h"

#define EXIT_NOT_COPIED 1
#define MAX_SIZE \
	(UINT64_C(64) << 30) /* bytes: more than a person copies without thinking of it \
			      */
#define MAX_FILES 1000000    /* likewise, in a tree */

struct copy_options {
	const char *user; /* "": the VM's own */
	bool quiet, force, no_clobber, dereference, skip_special, as_always;
	bool limited;              /* one of these was said */
	struct copy_limits limits; /* of a copy from the VM */
};

/* What a copy needs on this side, before the VM is asked for anything. */
struct copy {
	struct copy_options options;
	struct copy_plan plan;
	struct copy_destination destination;
	struct copy_source *sources; /* to the guest */
	char (*names)[COPY_NAME_MAX + 1];
	const char **wanted; /* names, of what is not skipped */
	size_t count;        /* likewise: the plan's sources that are left */
};

static int user_set(void *options, const char *text)
{
	((struct copy_options *)options)->user = text;
	return text_is_user_name(text) ? 0 : UV_EINVAL;
}

static int max_size_set(void *options, const char *text)
{
	struct copy_options *copy = options;

	copy->limited = true;
	return units_parse_size(text, &copy->limits.bytes) == 0 && copy->limits.bytes > 0
		       ? 0
		       : UV_EINVAL;
}

static int max_files_set(void *options, const char *text)
{
	struct copy_options *copy = options;
	uint32_t count = 0;
	int code = units_parse_number(text, COPY_ENTRIES_MAX, &count);

	copy->limited = true;
	copy->limits.entries = count;
	return code == 0 && count > 0 ? 0 : UV_EINVAL;
}

static const struct command_option table[] = {
	{'f', "force", NULL, "replace files that exist already", OPTION_FLAG,
		offsetof(struct copy_options, force), NULL},
	{'n', "no-clobber", NULL, "skip what exists already", OPTION_FLAG,
		offsetof(struct copy_options, no_clobber), NULL},
	{'L', "dereference", NULL, "follow links, as scp does", OPTION_FLAG,
		offsetof(struct copy_options, dereference), NULL},
	{'s', "skip-special", NULL,
		"skip what cannot be copied: sockets, pipes, devices, and\nlinks that lead out of "
		"the folder being copied",
		OPTION_FLAG, offsetof(struct copy_options, skip_special), NULL},
	{0, "max-size", "SIZE", "copy at most this much from the VM (default: 64G)", OPTION_SET, 0,
		max_size_set},
	{0, "max-files", "COUNT", "copy at most this many files from the VM (default: 1000000)",
		OPTION_SET, 0, max_files_set},
	{'u', "user", "USER", "run as this user of the guest", OPTION_SET, 0, user_set},
	{'q', "quiet", NULL, "do not show progress", OPTION_FLAG,
		offsetof(struct copy_options, quiet), NULL},
	{'p', NULL, NULL, "keep permissions and times (always on)", OPTION_FLAG,
		offsetof(struct copy_options, as_always), NULL},
	{'r', NULL, NULL, "copy folders recursively (always on)", OPTION_FLAG,
		offsetof(struct copy_options, as_always), NULL},
	{0},
};

static int say(const struct error *error, int exit_code)
{
	char printable[1100];

	text_escape(printable, sizeof(printable), error->text, strlen(error->text));
	fprintf(stderr, "vm-copy: %s\n", printable);
	return exit_code;
}

static enum copy_existing existing(const struct copy_options *options)
{
	return options->force        ? COPY_EXISTING_REPLACE
	       : options->no_clobber ? COPY_EXISTING_SKIP
				     : COPY_EXISTING_REFUSE;
}

/* ---- before ---- */

static int sources_find(struct copy *copy, struct error *error)
{
	copy->sources = calloc(copy->plan.count, sizeof(*copy->sources));
	if (!copy->sources)
		return error_set(error, UV_ENOMEM, "out of memory");
	for (size_t i = 0; i < copy->plan.count; i++) {
		int code = copy_source_find(copy->plan.sources[i], &copy->sources[i], error);
		if (code < 0)
			return code;
		copy->wanted[i] = copy->sources[i].name;
	}
	copy->count = copy->plan.count;
	return copy_plan_check_names(copy->wanted, copy->count, error);
}

/* The guest is not asked what its things are called. */
static int names_find(struct copy *copy, struct error *error)
{
	copy->names = calloc(copy->plan.count, sizeof(*copy->names));
	if (!copy->names)
		return error_set(error, UV_ENOMEM, "out of memory");
	for (size_t i = 0; i < copy->plan.count; i++) {
		copy->wanted[i] = copy_destination_name(&copy->destination, copy->names[i]);
		if (!copy_plan_name(copy->plan.sources[i], copy->names[i]) &&
			!copy->destination.name)
			return error_set(error, UV_EINVAL,
				"'%s:%s' has no file name: give a destination that does not exist "
				"yet",
				copy->plan.vm, copy->plan.sources[i]);
	}
	return copy_plan_check_names(copy->wanted, copy->plan.count, error);
}

/* Drops what is skipped. Whether a thing is a folder is known only from its destination's slash. */
static int names_choose(struct copy *copy, struct error *error)
{
	bool is_folder = copy->destination.must_be_folder;

	for (size_t i = 0; i < copy->plan.count; i++) {
		int choice = copy_destination_choose(
			&copy->destination, copy->wanted[i], is_folder, error);
		if (choice < 0)
			return choice;
		copy->plan.sources[copy->count] = copy->plan.sources[i];
		copy->wanted[copy->count] = copy->wanted[i];
		copy->count += choice == 1;
	}
	return 0;
}

static int copy_prepare(struct copy *copy, struct error *error)
{
	copy->wanted = calloc(copy->plan.count, sizeof(*copy->wanted));
	if (!copy->wanted)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (copy->plan.to_guest)
		return sources_find(copy, error);
	int code = copy_destination_open(
		&copy->destination, copy->plan.destination, copy->plan.count, error);
	if (code == 0)
		code = names_find(copy, error);
	return code < 0 ? code : names_choose(copy, error);
}

static void copy_finish(struct copy *copy)
{
	copy_destination_finish(&copy->destination);
	copy_plan_finish(&copy->plan);
	free(copy->sources);
	free(copy->names);
	free(copy->wanted);
}

/* ---- the session ---- */

/* The words of the guest's end are put in ret, which has room for the sources and 8 more. */
static void argv_make(const struct copy *copy, char **ret)
{
	const struct copy_options *options = &copy->options;
	size_t count = 0;

	if (copy->plan.to_guest && options->force)
		ret[count++] = "--force";
	else if (copy->plan.to_guest && options->no_clobber)
		ret[count++] = "--no-clobber";
	if (!copy->plan.to_guest && options->dereference)
		ret[count++] = "--dereference";
	if (!copy->plan.to_guest && options->skip_special)
		ret[count++] = "--skip-special";
	ret[count++] = "--";
	if (copy->plan.to_guest)
		ret[count++] = (char *)copy->plan.destination;
	for (size_t i = 0; !copy->plan.to_guest && i < copy->count; i++)
		ret[count++] = (char *)copy->plan.sources[i];
}

static int outcome_exit_code(const struct copy *copy, enum copy_outcome outcome, int session)
{
	if (outcome == COPY_OUTCOME_DONE)
		return 0;
	if (outcome == COPY_OUTCOME_KILLED)
		fprintf(stderr, "vm-copy: vm \"%s\": the copying process was killed\n",
			copy->plan.vm);
	if (session > EXIT_SESSION_LOST - 1)
		return session;
	if (outcome == COPY_OUTCOME_CUT_OFF)
		fprintf(stderr,
			"vm-copy: vm \"%s\": the guest's side of the copy ended too early\n",
			copy->plan.vm);
	return EXIT_NOT_COPIED;
}

/* Takes session_fd. */
static int copy_run(struct copy *copy, int session_fd, const struct token *token, bool again)
{
	_cleanup_free_ char **argv = calloc(copy->count + 8, sizeof(*argv));
	const struct copy_job job = {.vm = copy->plan.vm,
		.to_guest = copy->plan.to_guest,
		.quiet = copy->options.quiet,
		.follow = copy->options.dereference,
		.skip = copy->options.skip_special,
		.sources = copy->sources,
		.destination = &copy->destination,
		.names = copy->wanted,
		.count = copy->count,
		.limits = copy->options.limits};
	struct session_worker worker;
	struct error error = {0};

	if (!argv ||
		(!copy->plan.to_guest && copy_destination_stage(&copy->destination, &error) < 0)) {
		close(session_fd);
		return argv ? say(&error, EXIT_NOT_COPIED) : EXIT_VMSILO;
	}
	argv_make(copy, argv);
	struct paths broker;
	const struct session_request request = {.vm = copy->plan.vm,
		.argv = argv,
		.service = copy->plan.to_guest ? "vmsilo.copy-receive" : "vmsilo.copy-send",
		.worker = &worker,
		.again = again,
		.broker = paths_choose(&broker, &error) == 0 ? &broker : NULL,
		.token = *token};
	struct session_times times = {0};
	pid_t pid = copy_worker_start(&job, session_fd, &worker);
	if (pid < 0) {
		close(session_fd);
		error_set(&error, pid, "cannot start a process: %s", uv_strerror(pid));
		return say(&error, EXIT_VMSILO);
	}
	int session = session_run(session_fd, &request, &times);
	enum copy_outcome outcome = copy_worker_join(pid);
	return session == SESSION_AGAIN ? session : outcome_exit_code(copy, outcome, session);
}

/* tries: how often the guest has said that it shuts down. */
static int copy_ask(struct copy *copy, uint32_t tries)
{
	Vmsilo__Broker__Session request = VMSILO__BROKER__SESSION__INIT;
	struct broker_answer answer;
	struct token token;

	request.vm = copy->plan.vm;
	request.user = (char *)copy->options.user;
	request.tries = tries;
	int exit_code = ask(true, FRAME_SESSION, &request.base, FRAME_GRANTED, &answer);
	if (exit_code != 0)
		return exit_code;
	const Vmsilo__Broker__Granted *granted = (const Vmsilo__Broker__Granted *)answer.message;
	bool whole = granted->token.len == TOKEN_SIZE && answer.session_fd >= 0;
	if (whole)
		memcpy(token.bytes, granted->token.data, TOKEN_SIZE);
	else
		fputs("vmsilo: the broker granted a session without its token or socket\n", stderr);
	message_free(answer.message);
	if (whole)
		return copy_run(copy, answer.session_fd, &token, tries < WAITER_TRIES_MAX);
	if (answer.session_fd >= 0)
		close(answer.session_fd);
	return EXIT_VMSILO;
}

static int copy_all(struct copy *copy)
{
	int exit_code = copy->count > 0 ? SESSION_AGAIN : 0;

	for (uint32_t tries = 0; exit_code == SESSION_AGAIN; tries++)
		exit_code = copy_ask(copy, tries);
	return exit_code;
}

static int run(int argc, char **argv)
{
	struct copy copy = {
		.options = {.user = "", .limits = {.bytes = MAX_SIZE, .entries = MAX_FILES}}};
	struct error error = {0};
	char **operands;
	size_t count = 0;
	int exit_code = options_parse(&command_copy, argc, argv, &copy.options, &operands);

	if (exit_code >= 0)
		return exit_code;
	int filled = standard_fds_fill();
	if (filled < 0) {
		fprintf(stderr, "vmsilo: cannot open /dev/null: %s\n", uv_strerror(filled));
		return EXIT_VMSILO;
	}
	while (operands[count])
		count++;
	copy_destination_init(&copy.destination, existing(&copy.options));
	if (copy.options.force && copy.options.no_clobber)
		error_set(&error, UV_EINVAL, "--force and --no-clobber cannot be used together");
	else
		copy_plan_make(operands, count, &copy.plan, &error);
	if (error.code == 0 && copy.plan.to_guest && copy.options.limited)
		error_set(&error, UV_EINVAL,
			"--max-size and --max-files apply only to copies from a VM");
	if (error.code < 0)
		exit_code = say(&error, EXIT_VMSILO);
	else if (copy_prepare(&copy, &error) < 0)
		exit_code = say(&error, EXIT_NOT_COPIED);
	else
		exit_code = copy_all(&copy);
	copy_finish(&copy);
	return exit_code;
}

const struct command command_copy = {
	.name = "copy",
	.program = "vm-copy",
	.summary = "copy files and folders to a VM or from it",
	.operands = "FILE... DESTINATION",
	.text = "Copies files and folders to a VM (FILE... VM:[PATH]) or from it (VM:PATH... "
		"DESTINATION).\nThe VM is started if necessary. A copy is complete or leaves "
		"nothing behind.",
	.text_end = "A relative path in the VM starts at the user's home. If a destination exists "
		    "already, nothing is\ncopied; folders are never merged or replaced. Symbolic "
		    "links are kept if they stay inside the\ncopied folder.\n\nExit codes: 0 "
		    "everything was copied; 1 the copy failed; 128+N ended by signal N; 119 the "
		    "session\nwas lost; 120 no such VM; 121 the VM failed to start; 122 no broker; "
		    "123 not permitted; 125 wrong\nusage, or vmsilo failed.",
	.options = table,
	.run = run,
};
