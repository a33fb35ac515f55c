#include "host-broker/cli/session/desktop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/cli/base/daemon-defaults.h"
#include "proto/base/cleanup.h"
#include "proto/desk.pb-c.h"
#include "proto/host/desk-socket.h"
#include "proto/host/own-programs.h"
#include "proto/io/broker-dial.h"
#include "proto/io/broker-request.h"
#include "proto/limits.h"
#include "proto/wire/frame.h"

#define PROGRAM "vmsilo-windows"
#define TOKEN_VARIABLE "XDG_ACTIVATION_TOKEN"
#define STARTUP_VARIABLE "DESKTOP_STARTUP_ID"

bool desktop_is_there(void)
{
	const char *display = getenv("WAYLAND_DISPLAY");

	return display && display[0];
}

static bool cookie_make(char ret[DESKTOP_COOKIE_SIZE])
{
	unsigned char random[16];
	char *at = ret + sprintf(ret, "vmsilo-");

	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return false;
	for (size_t i = 0; i < sizeof(random); i++)
		at += sprintf(at, "%02x", random[i]);
	return true;
}

/* A daemon, as a broker that a client starts: its words are in a file beside its socket. */
static _Noreturn void child_run(
	const char *vm, bool system, const char *cookie, bool take, const char *log)
{
	char program[PATH_MAX];
	const char *argv[7] = {PROGRAM};
	size_t at = 1;
	int null = open("/dev/null", O_RDWR);
	int log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);

	if (setsid() < 0 || fork() > 0)
		_exit(0);
	daemon_defaults();
	if (chdir("/") < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(null, STDOUT_FILENO) < 0 ||
		dup2(log_fd < 0 ? null : log_fd, STDERR_FILENO) < 0)
		_exit(126);
	closefrom(STDERR_FILENO + 1);
	if (system)
		argv[at++] = "--system";
	if (take)
		argv[at++] = "--take";
	if (cookie[0]) {
		argv[at++] = "--cookie";
		argv[at++] = cookie;
	}
	argv[at] = vm;
	own_program_find(PROGRAM, NULL, program, sizeof(program));
	execvp(program, (char *const *)argv);
	_exit(127);
}

static void windows_start(
	const struct paths *user, const char *vm, bool system, const char *cookie, bool take)
{
	char folder[PATH_SIZE], log[PATH_SIZE];

	if (!paths_runtime(user, NULL, DESK_FOLDER, folder) ||
		!desk_path(user, vm, system, "log", log))
		return;
	mkdir(folder, 0700);
	pid_t pid = fork();
	if (pid == 0)
		child_run(vm, system, cookie, take, log);
	if (pid < 0)
		fprintf(stderr, "vmsilo: vm \"%s\": cannot start " PROGRAM ": %s\n", vm,
			strerror(errno));
	else
		waitpid(pid, NULL, 0);
}

static bool token_tell(int fd, const char *cookie, const char *token)
{
	Vmsilo__Desk__Activate activate = VMSILO__DESK__ACTIVATE__INIT;

	activate.cookie = (char *)cookie;
	activate.token = (char *)token;
	return frame_send(fd, FRAME_DESK_ACTIVATE, &activate.base) == 0;
}

/* The user's own folder, and the socket in it. */
static bool place_find(const struct paths *paths, const char *vm, struct paths *ret_user,
	char ret_socket[PATH_SIZE])
{
	struct paths_environment environment;
	struct error error = {0};

	paths_environment_get(&environment);
	if (paths_get(false, &environment, ret_user, &error) == 0 &&
		paths_make_runtime(ret_user, &error) == 0 &&
		desk_path(ret_user, vm, paths->system, "socket", ret_socket))
		return true;
	fprintf(stderr, "vmsilo: vm \"%s\": no windows: %s\n", vm, error.text);
	return false;
}

void desktop_take(const struct paths *paths, const char *vm)
{
	char path[PATH_SIZE];
	struct paths user;

	if (place_find(paths, vm, &user, path))
		windows_start(&user, vm, paths->system, "", true);
}

void desktop_open(const struct paths *paths, const char *vm, struct desktop *ret)
{
	const char *token = getenv(TOKEN_VARIABLE);
	char cookie[DESKTOP_COOKIE_SIZE] = "", path[PATH_SIZE];
	struct paths user;

	*ret = (struct desktop){0};
	if (!place_find(paths, vm, &user, path))
		return;
	if (token && token[0] && strlen(token) <= WINDOWS_TOKEN_MAX && cookie_make(cookie)) {
		snprintf(
			ret->variables[0], sizeof(ret->variables[0]), TOKEN_VARIABLE "=%s", cookie);
		snprintf(ret->variables[1], sizeof(ret->variables[1]), STARTUP_VARIABLE "=%s",
			cookie);
	}
	_cleanup_close_ int fd = broker_dial(path, NULL);
	if (fd < 0)
		windows_start(&user, vm, paths->system, cookie, false);
	else if (cookie[0])
		(void)token_tell(fd, cookie, token);
}
