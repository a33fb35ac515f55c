#include "tests/lib/copy-ends.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/lib/test.h"

static char work[64];

/* Each test begins in an empty folder, with "in" for what is received. */
int copy_set_up(void **state)
{
	(void)state;
	snprintf(work, sizeof(work), "/tmp/test-copy-XXXXXX");
	return mkdtemp(work) && chdir(work) == 0 && mkdir("in", 0755) == 0 ? 0 : -1;
}

int copy_tear_down(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", work, work);
	return system(command);
}

void copy_shell(const char *command)
{
	assert_int_equal(system(command), 0);
}

struct copy_ends copy_fork_end(
	int (*run)(int in_fd, int out_fd, const void *data), const void *data)
{
	int there[2], back[2];

	assert_int_equal(pipe2(there, O_CLOEXEC), 0);
	assert_int_equal(pipe2(back, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		close(there[1]);
		close(back[0]);
		_exit(run(there[0], back[1], data));
	}
	close(there[0]);
	close(back[1]);
	return (struct copy_ends){.in_fd = back[0], .out_fd = there[1], .child = child};
}

int copy_ends_join(const struct copy_ends *ends)
{
	int status;

	close(ends->in_fd);
	close(ends->out_fd);
	assert_int_equal(waitpid(ends->child, &status, 0), ends->child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

struct copy_result copy_receive_into(const struct copy_ends *ends, const char *path,
	enum copy_existing existing, const char *const *names, size_t names_count)
{
	struct copy_destination destination;
	struct copy_result result;

	copy_destination_init(&destination, existing);
	const struct copy_receive_options options = {.in_fd = ends->in_fd,
		.out_fd = ends->out_fd,
		.destination = &destination,
		.path = path,
		.names = names,
		.names_count = names_count,
		.tell_counts = true,
		.peer = "the sender"};
	result.code = copy_receive(&options, &result.counts, &result.error);
	copy_destination_finish(&destination);
	result.sender = copy_ends_join(ends);
	return result;
}

void copy_assert_empty(const char *path)
{
	char command[128];

	snprintf(command, sizeof(command), "test -z \"$(ls -A %s)\"", path);
	copy_shell(command);
}

void copy_assert_copied(const struct copy_result *result)
{
	if (result->code < 0)
		print_error("%s\n", result->error.text);
	assert_int_equal(result->code, 0);
	assert_int_equal(result->sender, 0);
}

void copy_assert_refused(const struct copy_result *result, int code, const char *said)
{
	if (!strstr(result->error.text, said))
		fail_msg("'%s' has no '%s'; the sender gave %d", result->error.text, said,
			result->sender);
	assert_int_equal(result->code, code);
	assert_int_equal(result->sender, 1);
	assert_int_equal(result->error.code, code);
}
