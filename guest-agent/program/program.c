#include "guest-agent/program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/program/account.h"
#include "guest-agent/program/command.h"
#include "guest-agent/program/lookup.h"
#include "guest-agent/program/pam-helper.h"
#include "guest-agent/program/pam-session.h"
#include "guest-agent/program/strings.h"
#include "guest-agent/program/terminal.h"
#include "proto/base/cleanup.h"
#include "proto/limits.h"

#define SYSTEM_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define OWN_VARIABLES 8
/* execvp(3) copies the arguments there for a script without an interpreter. */
#define CHILD_STACK_SIZE (64 * 1024)
/* Of stdin and stdout: all that a client may send at once, so that nothing waits in the agent, and
 * as much to be printed before the program has to wait for us. */
#define PIPE_SIZE SESSION_WINDOW

struct launch {
	struct command command;
	struct strings env;
	char *cwd;
	bool cwd_asked; /* it is not just the home */
	struct account account;
	struct pam_session pam_session;
	struct rlimit files_limit;
	char slave[TERMINAL_PATH_SIZE]; /* "" without a terminal */
	int cgroup_fd;                  /* see cgroup.h */
	int child_fds[3];               /* the child's ends of the pipes */
	/* Written by the child, in the memory that it shares with us until exec, when something
	 * fails. */
	int failed_stage; /* 0: nothing has */
	int failed_error;
};

static bool strings_add_variable(struct strings *strings, const char *name, const char *value)
{
	char *item;

	return strings_take(strings, asprintf(&item, "%s=%s", name, value) < 0 ? NULL : item);
}

/* Whether the client sets name itself: then ours is left out. */
static bool is_set(const Vmsilo__Session__Open *open, const char *name, size_t length)
{
	for (size_t i = 0; i < open->n_env; i++)
		if (open->env[i].len > length && memcmp(open->env[i].data, name, length) == 0 &&
			open->env[i].data[length] == '=')
			return true;
	return false;
}

/* What is true of this session whatever PAM says. */
static bool display_add(
	const Vmsilo__Session__Open *open, const struct strings *display, struct strings *env)
{
	for (size_t i = 0; display && i < display->count; i++) {
		const char *item = display->items[i];
		if (!is_set(open, item, strcspn(item, "=")) &&
			!strings_add(env, item, strlen(item)))
			return false;
	}
	return true;
}

/* *ret_defaults: how many of them yield to what PAM says. */
static bool env_make(const Vmsilo__Session__Open *open, const struct program_terms *terms,
	const struct account *account, struct strings *env, size_t *ret_defaults)
{
	size_t display = terms->display ? terms->display->count : 0;
	const struct {
		const char *name, *value;
	} own[OWN_VARIABLES] = {
		{"PATH", SYSTEM_PATH},
		{"HOME", account->home},
		{"USER", account->name},
		{"LOGNAME", account->name},
		{"SHELL", account->shell},
		{"LANG", terms->locale},
		{"TZ", terms->time_zone},
		{"TERM", open->terminal ? open->terminal->term : ""},
	};

	if (!strings_init(env, OWN_VARIABLES + display + open->n_env))
		return false;
	for (size_t i = 0; i < OWN_VARIABLES; i++)
		if (own[i].value[0] && !is_set(open, own[i].name, strlen(own[i].name)) &&
			!strings_add_variable(env, own[i].name, own[i].value))
			return false;
	*ret_defaults = env->count;
	if (!display_add(open, terms->display, env))
		return false;
	for (size_t i = 0; i < open->n_env; i++)
		if (!strings_add(env, open->env[i].data, open->env[i].len))
			return false;
	return true;
}

static bool launch_make(
	const Vmsilo__Session__Open *open, const struct program_terms *terms, struct launch *launch)
{
	size_t defaults;

	launch->cwd_asked = open->cwd.len > 0;
	launch->cwd = launch->cwd_asked ? strndup((const char *)open->cwd.data, open->cwd.len)
					: strdup(launch->account.home);
	return launch->cwd && env_make(open, terms, &launch->account, &launch->env, &defaults) &&
	       pam_session_make(terms->pam_session, &launch->account, &launch->command,
		       &launch->env, defaults, &launch->pam_session) == 0;
}

static void launch_finish(struct launch *launch)
{
	pam_session_finish(&launch->pam_session);
	command_finish(&launch->command);
	strings_finish(&launch->env);
	free(launch->cwd);
	if (launch->cgroup_fd >= 0)
		close(launch->cgroup_fd);
	for (int i = 0; i < 3; i++)
		if (launch->child_fds[i] >= 0)
			close(launch->child_fds[i]);
}

/* ---- the child ---- */

static _Noreturn void child_fail(
	struct launch *launch, Vmsilo__Session__Failed__Stage stage, int error)
{
	launch->failed_stage = (int)stage;
	launch->failed_error = error;
	_exit(127);
}

/* All else has its default already (agent_run()), and there is no handler. Ignored once more, a
 * SIGPIPE that waits is dropped: what a library had to say on our stderr, which nobody reads any
 * more, does not end the program. */
static void signals_default(void)
{
	sigset_t none;

	signal(SIGPIPE, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* stdin, stdout, stderr, and nothing else, but for what the PAM helper reads. */
static bool descriptors_set(const int from[3], int environment_fd)
{
	int lifted[3];

	/* Were one of them 0, 1 or 2, the next dup2(2) would overwrite it. */
	for (int i = 0; i < 3; i++) {
		lifted[i] = from[i] > 2 ? from[i] : fcntl(from[i], F_DUPFD_CLOEXEC, 3);
		if (lifted[i] < 0)
			return false;
	}
	for (int i = 0; i < 3; i++)
		if (dup2(lifted[i], i) < 0)
			return false;
	if (environment_fd < 0)
		return syscall(SYS_close_range, 3, ~0U, 0) == 0;
	if (environment_fd != PAM_HELPER_ENVIRONMENT_FD &&
		dup2(environment_fd, PAM_HELPER_ENVIRONMENT_FD) < 0)
		return false;
	return fcntl(PAM_HELPER_ENVIRONMENT_FD, F_SETFD, 0) == 0 &&
	       syscall(SYS_close_range, PAM_HELPER_ENVIRONMENT_FD + 1, ~0U, 0) == 0;
}

static bool exec_take(void *data, const char *file)
{
	execvp(file, data);
	return false;
}

static _Noreturn void exec_program(struct launch *launch)
{
	char **argv = launch->command.argv.items;

	if (launch->command.file[0])
		execv(launch->command.file, argv);
	else
		errno = lookup(argv[0], exec_take, argv);
	child_fail(launch, VMSILO__SESSION__FAILED__STAGE__EXEC, errno);
}

/* Without a home one works in the root, as with sshd(8). */
static void directory_enter(struct launch *launch)
{
	if (chdir(launch->cwd) < 0 && (launch->cwd_asked || chdir("/") < 0))
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__DIRECTORY, errno);
}

/* As root: the helper becomes the user, when the session is open. */
static _Noreturn void exec_in_session(struct launch *launch)
{
	struct pam_session *session = &launch->pam_session;

	int code = account_enter(&launch->account);
	if (code < 0)
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__USER, -code);
	directory_enter(launch);
	int error = pam_session_find(session, &launch->command);
	if (error)
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__EXEC, error);
	code = account_leave();
	if (code < 0)
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__USER, -code);
	pam_session_exec(session);
	child_fail(launch, VMSILO__SESSION__FAILED__STAGE__RESOURCES, errno);
}

static _Noreturn void child_run(struct launch *launch)
{
	int from[3] = {launch->child_fds[0], launch->child_fds[1], launch->child_fds[2]};

	setsid();
	cgroup_enter(launch->cgroup_fd);
	signals_default();
	if (launch->slave[0]) {
		int terminal = terminal_take(launch->slave);
		if (terminal < 0)
			child_fail(launch, VMSILO__SESSION__FAILED__STAGE__TERMINAL, -terminal);
		from[0] = from[1] = from[2] = terminal;
	}
	const struct pam_session *session = &launch->pam_session;
	if (!descriptors_set(from, session->helper ? session->environment_fd : -1))
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__RESOURCES, errno);
	setrlimit(RLIMIT_NOFILE, &launch->files_limit);
	umask(022);
	environ = launch->env.items; /* where PATH is looked up; the parent puts its own back */
	if (launch->pam_session.helper)
		exec_in_session(launch);
	int code = account_become(&launch->account);
	if (code < 0)
		child_fail(launch, VMSILO__SESSION__FAILED__STAGE__USER, -code);
	directory_enter(launch);
	exec_program(launch);
}

/* ---- the parent ---- */

static int fail(struct program_failure *failure, Vmsilo__Session__Failed__Stage stage, int error,
	const char *what)
{
	failure->stage = stage;
	failure->error = error;
	snprintf(failure->text, sizeof(failure->text), "%s: %s", what, strerror(error));
	return -1;
}

/* What the user asked for, in the failure's sentence. */
static const char *failure_subject(const struct launch *launch, int stage)
{
	switch (stage) {
	case VMSILO__SESSION__FAILED__STAGE__EXEC:
		return launch->command.subject;
	case VMSILO__SESSION__FAILED__STAGE__DIRECTORY:
		return launch->cwd;
	case VMSILO__SESSION__FAILED__STAGE__USER:
		return launch->account.name;
	case VMSILO__SESSION__FAILED__STAGE__TERMINAL:
		return "cannot open a terminal";
	default:
		return "cannot start a process";
	}
}

static bool pipe_make(int *child_end, int *our_end, bool child_reads)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return false;
	/* An agent without rights may be refused: its pipe is as good, only smaller. */
	fcntl(fds[0], F_SETPIPE_SZ, PIPE_SIZE);
	*child_end = fds[child_reads ? 0 : 1];
	*our_end = fds[child_reads ? 1 : 0];
	return true;
}

static int null_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static bool stdio_make(const Vmsilo__Session__Open *open, struct launch *launch,
	struct program *program, struct program_failure *failure)
{
	if (open->terminal) {
		program->stdout_fd = terminal_open(open->terminal, launch->slave);
		if (program->stdout_fd < 0) {
			fail(failure, VMSILO__SESSION__FAILED__STAGE__TERMINAL, -program->stdout_fd,
				"cannot open a terminal");
			return false;
		}
		program->stdin_fd = fcntl(program->stdout_fd, F_DUPFD_CLOEXEC, 0);
		return program->stdin_fd >= 0;
	}
	if (open->detach) {
		launch->child_fds[0] = null_open();
		return launch->child_fds[0] >= 0 &&
		       pipe_make(&launch->child_fds[1], &program->stdout_fd, false) &&
		       (launch->child_fds[2] = fcntl(launch->child_fds[1], F_DUPFD_CLOEXEC, 0)) >=
			       0;
	}
	return pipe_make(&launch->child_fds[0], &program->stdin_fd, true) &&
	       pipe_make(&launch->child_fds[1], &program->stdout_fd, false) &&
	       pipe_make(&launch->child_fds[2], &program->stderr_fd, false);
}

static int child_main(void *data)
{
	child_run(data);
}

/*
 * The child borrows our memory until it runs the program, as posix_spawn(3) does it, instead of
 * copying our page tables, which is most of what a short command costs in a guest. So it has a
 * stack of its own, writes to nothing of ours but environ, and takes no signal before its handlers,
 * which are its own, are gone. Returns errno.
 */
static int child_fork(struct launch *launch, pid_t *ret_pid)
{
	char **const own_environ = environ;
	_cleanup_free_ char *stack = aligned_alloc(64, CHILD_STACK_SIZE);
	sigset_t all;
	sigset_t before;

	*ret_pid = -1;
	if (!stack)
		return ENOMEM;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	*ret_pid = clone(
		child_main, stack + CHILD_STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
	int fork_error = errno;
	environ = own_environ;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return fork_error;
}

static int child_start(struct launch *launch, const struct program_terms *terms,
	struct program *program, struct program_failure *failure)
{
	launch->cgroup_fd = cgroup_make(terms->cgroups);
	int error = child_fork(launch, &program->pid);

	if (program->pid < 0)
		return fail(failure, VMSILO__SESSION__FAILED__STAGE__RESOURCES, error,
			"cannot start a process");
	if (!launch->failed_stage)
		return 0;
	waitpid(program->pid, NULL, 0);
	return fail(failure, (Vmsilo__Session__Failed__Stage)launch->failed_stage,
		launch->failed_error, failure_subject(launch, launch->failed_stage));
}

static void program_close(struct program *program)
{
	const int fds[] = {program->stdin_fd, program->stdout_fd, program->stderr_fd};

	for (int i = 0; i < 3; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void program_name(const Vmsilo__Session__Open *open, char *out, size_t size)
{
	if (open->service[0] || open->login || open->n_argv == 0) {
		snprintf(out, size, "%s", open->login ? "login shell" : open->service);
		return;
	}
	const ProtobufCBinaryData *word = &open->argv[0];
	/* protobuf-c has no data for an empty field. */
	const char *text = word->len > 0 ? (const char *)word->data : "";
	const char *slash = memrchr(text, '/', word->len);
	size_t skipped = slash ? (size_t)(slash + 1 - text) : 0;
	snprintf(out, size, "%.*s", (int)(word->len - skipped), text + skipped);
}

static int user_fail(struct program_failure *failure, const char *user)
{
	*failure = (struct program_failure){
		.stage = VMSILO__SESSION__FAILED__STAGE__USER, .error = ENOENT};
	snprintf(failure->text, sizeof(failure->text), "the guest has no user \"%s\"", user);
	return -1;
}

/* What is wrong with the command, before anything is started. */
static int command_fail(const struct launch *launch, struct program_failure *failure, int code)
{
	fail(failure, VMSILO__SESSION__FAILED__STAGE__EXEC, -code, launch->command.subject);
	if (code == UV_ENOENT)
		snprintf(failure->text, sizeof(failure->text), "%s does not exist in the guest",
			launch->command.subject);
	return -1;
}

int program_start(const Vmsilo__Session__Open *open, const struct program_terms *terms,
	struct program *ret, struct program_failure *failure)
{
	struct program program = {.stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
	struct launch launch = {
		.files_limit = terms->files_limit, .cgroup_fd = -1, .child_fds = {-1, -1, -1}};

	*failure = (struct program_failure){0};
	if (account_find(terms->user, &launch.account) < 0)
		return user_fail(failure, terms->user);
	int code = command_make(
		open, &launch.account, terms->services, terms->services_only, &launch.command);
	if (code < 0)
		code = command_fail(&launch, failure, code);
	else
		code = launch_make(open, terms, &launch) &&
				       stdio_make(open, &launch, &program, failure)
			       ? child_start(&launch, terms, &program, failure)
			       : -1;
	if (code < 0 && failure->stage == VMSILO__SESSION__FAILED__STAGE__UNSPECIFIED)
		fail(failure, VMSILO__SESSION__FAILED__STAGE__RESOURCES, errno,
			"cannot start a process");
	launch_finish(&launch);
	if (code < 0)
		program_close(&program);
	else
		*ret = program;
	return code;
}
