/* What a child of the broker is, whatever the broker is: it tells by itself. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host-broker/system/process.h"
#include "tests/lib/test.h"

struct run {
	bool ended;
	int status;
	char words[PROCESS_TAIL_SIZE + 1];
	struct process *process;
};

static void on_exit_told(void *data, int status)
{
	struct run *run = data;

	run->ended = true;
	run->status = status;
	snprintf(run->words, sizeof(run->words), "%s", process_tail(run->process));
	process_destroy(run->process);
}

/* What the shell's script says on stderr. */
static const char *tell(const char *script, struct child_options options)
{
	static struct run run;
	const char *const argv[] = {"sh", "-c", script, NULL};
	struct error error = {0};
	uv_loop_t loop;

	run = (struct run){0};
	options.argv = argv;
	assert_int_equal(uv_loop_init(&loop), 0);
	int code = process_start(&loop, &options, on_exit_told, &run, &run.process, &error);
	if (code < 0)
		fail_msg("%s", error.text);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_true(run.ended);
	assert_int_equal(run.status, 0);
	return run.words;
}

/* The error of a start that fails. */
static int refused(struct child_options options, struct error *error)
{
	const char *const argv[] = {"true", NULL};
	struct process *process;
	uv_loop_t loop;

	if (!options.argv)
		options.argv = argv;
	assert_int_equal(uv_loop_init(&loop), 0);
	int code = process_start(&loop, &options, on_exit_told, NULL, &process, error);
	assert_int_equal(uv_loop_close(&loop), 0);
	return code;
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

#define STATUS "grep -E '^(Cap|NoNew|Sig[BI]|Umask|Uid|Gid|Groups)' /proc/self/status >&2"

static void test_has_no_right(void **state)
{
	(void)state;
	const char *status = tell(STATUS, (struct child_options){0});

	assert_has(status, "CapInh:\t0000000000000000");
	assert_has(status, "CapPrm:\t0000000000000000");
	assert_has(status, "CapEff:\t0000000000000000");
	assert_has(status, "CapAmb:\t0000000000000000");
	/* Who is no root cannot empty it. */
	if (prctl(PR_CAPBSET_READ, 0) > 0 && geteuid() == 0)
		assert_has(status, "CapBnd:\t0000000000000000");
	assert_has(status, "NoNewPrivs:\t1");
}

static void test_keeps_what_a_sandbox_takes(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	const char *status =
		tell(STATUS, (struct child_options){.capabilities = CHILD_CAPABILITIES_SANDBOX});
	/* CAP_SYS_ADMIN and CAP_SETFCAP */
	assert_has(status, "CapEff:\t0000000080200000");
	assert_has(status, "CapBnd:\t0000000080200000");
}

static void test_inherits_no_state(void **state)
{
	struct rlimit before, raised;
	sigset_t blocked;
	int stray[2];

	(void)state;
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGINT, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	mode_t mask = umask(0);
	assert_int_equal(pipe(stray), 0); /* without close-on-exec */
	getrlimit(RLIMIT_NOFILE, &before);
	raised = before;
	raised.rlim_cur = before.rlim_max;
	setrlimit(RLIMIT_NOFILE, &raised);
	char *words =
		strdup(tell(STATUS "; ulimit -n >&2; ulimit -c >&2; echo fds /proc/self/fd/* >&2; "
				   "cut -d' ' -f6 /proc/$$/stat >&2; echo $$ >&2",
			(struct child_options){0}));
	setrlimit(RLIMIT_NOFILE, &before);
	close(stray[0]);
	close(stray[1]);
	umask(mask);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);

	assert_has(words, "SigBlk:\t0000000000000000");
	assert_has(words, "SigIgn:\t0000000000000000");
	assert_has(words, "Umask:\t0077");
	assert_has(words, "\n1024\n0\n");
	/* 3 is the shell's own, that of the folder it lists. */
	assert_has(words, "fds /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 /proc/self/fd/3\n");
	/* The leader of a session of its own. */
	unsigned int session = 0, pid = 1;
	assert_int_equal(sscanf(strstr(words, "fd/3\n"), "fd/3 %u %u", &session, &pid), 2);
	assert_int_equal(session, pid);
	free(words);
}

static void test_becomes_another_user(void **state)
{
	const struct identity identity = {.uid = 70010, .gid = 70011};

	(void)state;
	if (geteuid() != 0)
		skip();
	const char *status = tell(STATUS, (struct child_options){.identity = &identity,
						  .capabilities = CHILD_CAPABILITIES_ALL});
	assert_has(status, "Uid:\t70010\t70010\t70010\t70010");
	assert_has(status, "Gid:\t70011\t70011\t70011\t70011");
	assert_has(status, "Groups:\t \n");
	assert_has(status, "CapEff:\t0000000000000000");
	assert_has(status, "CapBnd:\t0000000000000000");
}

static void test_file_that_it_cannot_open(void **state)
{
	const struct identity identity = {.uid = 70010, .gid = 70011};
	const struct child_file files[] = {{"/dev/null", O_RDONLY}, {"/etc/shadow", O_RDONLY}};
	struct child_options options = {.files = files, .files_count = 2, .identity = &identity};
	struct error error = {0};

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(refused(options, &error), UV_EACCES);
	assert_has(error.text, "as user 70010: it cannot open /etc/shadow: permission denied");
	options.files_count = 1;
	tell("true", options);
}

static void test_program_that_is_not_there(void **state)
{
	const char *const argv[] = {"/no/such/program", NULL};
	struct error error = {0};

	(void)state;
	assert_int_equal(refused((struct child_options){.argv = argv}, &error), UV_ENOENT);
	assert_has(error.text, "cannot start /no/such/program: no such file");
}

/* Whether this process may make one, as the broker would try. */
static bool has_pid_namespaces(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(CLONE_NEWPID) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0);
	waitpid(pid, &status, 0);
	return status == 0;
}

static void test_signals_nobody(void **state)
{
	char script[128];

	(void)state;
	if (!has_pid_namespaces())
		skip();
	snprintf(script, sizeof(script),
		"echo $$ >&2; kill -0 %d 2>/dev/null && echo seen >&2; id -u >&2", getpid());
	char expected[32];
	snprintf(expected, sizeof(expected), "1\n%u\n", geteuid());
	assert_string_equal(tell(script, (struct child_options){.own_pids = true,
						 .capabilities = CHILD_CAPABILITIES_SANDBOX}),
		expected);
}

/* ---- one that is born, and does not run yet ---- */

struct birth {
	char mark[64]; /* the file that the program makes */
	const char *argv[3];
	struct process_id id;
	int code;  /* of on_born */
	bool dies; /* we, in the middle of it */
	int tell_fd;
};

static int on_born(void *data, struct process_id id, struct error *error)
{
	struct birth *birth = data;
	const struct timespec pause = {.tv_nsec = 30 * 1000000L};
	uint64_t start_time;

	birth->id = id;
	assert_int_equal(process_start_time(id.pid, &start_time), 0);
	assert_true(start_time == id.start_time);
	nanosleep(&pause, NULL);
	assert_int_equal(access(birth->mark, F_OK), -1);
	if (birth->dies) {
		assert_int_equal(write(birth->tell_fd, &id, sizeof(id)), sizeof(id));
		kill(getpid(), SIGKILL);
	}
	return birth->code < 0 ? error_set(error, birth->code, "cannot write it down") : 0;
}

static struct child_options born_options(struct birth *birth, bool own_pids)
{
	snprintf(birth->mark, sizeof(birth->mark), "/tmp/vmsilo-born-%d", getpid());
	birth->argv[0] = "touch";
	birth->argv[1] = birth->mark;
	return (struct child_options){.argv = birth->argv,
		.own_pids = own_pids,
		.capabilities = CHILD_CAPABILITIES_SANDBOX,
		.on_born = on_born,
		.born_data = birth};
}

static bool is_gone(struct process_id id)
{
	uint64_t start_time;

	return process_start_time(id.pid, &start_time) < 0 || start_time != id.start_time;
}

static void test_runs_when_that_was_allowed(void **state)
{
	struct birth birth = {0};
	char script[128];

	(void)state;
	struct child_options options = born_options(&birth, false);
	options.argv = NULL;
	snprintf(script, sizeof(script), "touch %s", birth.mark);
	tell(script, options);
	assert_int_equal(access(birth.mark, F_OK), 0);
	unlink(birth.mark);
	assert_true(birth.id.pid > 0);
}

static void test_never_runs_when_it_was_not(void **state)
{
	struct birth birth = {.code = UV_ENOSPC};
	struct error error = {0};

	(void)state;
	assert_int_equal(refused(born_options(&birth, false), &error), UV_ENOSPC);
	assert_string_equal(error.text, "cannot write it down");
	assert_true(is_gone(birth.id));
	assert_int_equal(access(birth.mark, F_OK), -1);
}

/* Whoever starts it is killed in the middle of that. */
static void orphan_make(bool own_pids)
{
	struct birth birth = {.dies = true};
	struct error error = {0};
	int fds[2];

	const struct child_options options = born_options(&birth, own_pids);
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	birth.tell_fd = fds[1];
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	pid_t pid = fork();
	if (pid == 0) {
		refused(options, &error);
		_exit(0);
	}
	assert_int_equal(read(fds[0], &birth.id, sizeof(birth.id)), sizeof(birth.id));
	waitpid(pid, NULL, 0);
	while (!is_gone(birth.id)) {
		/* In a container nobody else may do it. */
		waitpid(-1, NULL, WNOHANG);
		sched_yield();
	}
	assert_int_equal(access(birth.mark, F_OK), -1);
	close(fds[0]);
	close(fds[1]);
}

static void test_never_runs_when_we_are_gone(void **state)
{
	(void)state;
	orphan_make(false);
	orphan_make(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_has_no_right),
		cmocka_unit_test(test_keeps_what_a_sandbox_takes),
		cmocka_unit_test(test_inherits_no_state),
		cmocka_unit_test(test_becomes_another_user),
		cmocka_unit_test(test_file_that_it_cannot_open),
		cmocka_unit_test(test_program_that_is_not_there),
		cmocka_unit_test(test_signals_nobody),
		cmocka_unit_test(test_runs_when_that_was_allowed),
		cmocka_unit_test(test_never_runs_when_it_was_not),
		cmocka_unit_test(test_never_runs_when_we_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
