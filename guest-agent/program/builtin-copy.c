/*
 * The guest's end of vm-copy, with the records of a copy (proto/copy/record.h) on stdin and stdout:
 *
 *   vmsilo.copy-receive [--force | --no-clobber] PATH
 *   vmsilo.copy-send [--dereference] [--skip-special] PATH...
 *
 * Paths begin at the session's directory, which is the user's home; "" is that itself. What goes
 * wrong is told in the records, never on stderr. Signals end nothing: when the client goes, so does
 * stdin, and what was received is removed first.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/program/builtin.h"
#include "proto/base/cleanup.h"
#include "proto/copy/receive.h"
#include "proto/copy/send.h"

#define EXIT_NOT_COPIED 1
#define EXIT_USAGE 125

struct options {
	enum copy_existing existing;
	bool follow, skip;
};

/* Returns where the paths begin, or -1. */
static int options_parse(int argc, char **argv, struct options *ret)
{
	static const struct option table[] = {
		{"force", no_argument, NULL, 'f'},
		{"no-clobber", no_argument, NULL, 'n'},
		{"dereference", no_argument, NULL, 'L'},
		{"skip-special", no_argument, NULL, 's'},
		{0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+", table, NULL)) != -1) {
		switch (option) {
		case 'f':
			ret->existing = COPY_EXISTING_REPLACE;
			break;
		case 'n':
			ret->existing = COPY_EXISTING_SKIP;
			break;
		case 'L':
			ret->follow = true;
			break;
		case 's':
			ret->skip = true;
			break;
		default:
			return -1;
		}
	}
	return optind;
}

/* "" is the session's directory. */
static const char *path_or_here(const char *path)
{
	return path[0] ? path : ".";
}

static void signals_ignore(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

/*
 * Removing what came of a copy that failed may take longer than a session whose client has gone is
 * given, when there is much of it: a child in a session of its own is not killed with us.
 */
static void destination_finish(struct copy_destination *destination, int code)
{
	pid_t child = code < 0 && destination->staging_fd >= 0 ? fork() : -1;

	if (child > 0) {
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			continue;
		return;
	}
	if (child == 0)
		setsid();
	copy_destination_finish(destination);
	if (child == 0)
		_exit(0);
}

static int receive(const struct options *program, const char *path)
{
	struct copy_destination destination;
	struct copy_counts counts;
	struct error error;

	copy_destination_init(&destination, program->existing);
	const struct copy_receive_options options = {.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.destination = &destination,
		.path = path_or_here(path),
		.confine = true,
		.tell_counts = true,
		.peer = "the host"};
	int code = copy_receive(&options, &counts, &error);
	destination_finish(&destination, code);
	return code < 0 ? EXIT_NOT_COPIED : 0;
}

static int send_all(const struct options *program, char **paths, size_t count)
{
	_cleanup_free_ struct copy_source *sources = calloc(count, sizeof(*sources));
	struct copy_counts counts;
	struct error error = {0};

	if (!sources)
		return EXIT_NOT_COPIED;
	for (size_t i = 0; i < count; i++)
		if (copy_source_find(path_or_here(paths[i]), &sources[i], &error) < 0) {
			copy_send_refusal(STDOUT_FILENO, &error);
			return EXIT_NOT_COPIED;
		}
	const struct copy_send_options options = {.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.sources = sources,
		.sources_count = count,
		.follow = program->follow,
		.skip = program->skip,
		.peer = "the host"};
	return copy_send(&options, &counts, &error) < 0 ? EXIT_NOT_COPIED : 0;
}

/* Returns where the paths begin, or -1; there is one at least. */
static int begin(int argc, char **argv, struct options *ret)
{
	int first = options_parse(argc, argv, ret);

	signals_ignore();
	return first < argc ? first : -1;
}

int builtin_copy_receive(int argc, char **argv)
{
	struct options options = {0};
	int first = begin(argc, argv, &options);

	return first == argc - 1 ? receive(&options, argv[first]) : EXIT_USAGE;
}

int builtin_copy_send(int argc, char **argv)
{
	struct options options = {0};
	int first = begin(argc, argv, &options);

	return first > 0 ? send_all(&options, argv + first, (size_t)(argc - first)) : EXIT_USAGE;
}
