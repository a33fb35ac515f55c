#include "guest-agent/copy-program.h"

#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "proto/copy-receive.h"
#include "proto/copy-send.h"

#define EXIT_NOT_COPIED 1
#define EXIT_USAGE 2

struct options {
	enum copy_existing existing;
	bool follow, skip;
};

bool copy_program_is(int argc, char **argv)
{
	return argc > 1 &&
	       (strcmp(argv[1], "copy-receive") == 0 || strcmp(argv[1], "copy-send") == 0);
}

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

int copy_program_run(int argc, char **argv)
{
	struct options options = {0};
	int first = options_parse(argc - 1, argv + 1, &options);
	char **paths = argv + 1 + first;
	int count = argc - 1 - first;

	signals_ignore();
	if (first < 0)
		return EXIT_USAGE;
	if (strcmp(argv[1], "copy-receive") == 0)
		return count == 1 ? receive(&options, paths[0]) : EXIT_USAGE;
	return count >= 1 ? send_all(&options, paths, (size_t)count) : EXIT_USAGE;
}
