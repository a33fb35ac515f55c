#include "guest-agent/pam/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/program/children.h"
#include "proto/base/cleanup.h"

/*
 * systemd-logind writes it when it can be asked. pam_systemd would wait for it, as the file of the
 * service "vmsilo" has it: up to several seconds of a boot, in which a program has all else.
 */
#define LOGIND_RUNS "/run/systemd/seats/seat0"
#define BUS_IS_HELD "/run/vmsilo/user-bus"

/* Nobody is there to be asked, or told. */
static int on_conversation(
	int count, const struct pam_message **messages, struct pam_response **ret, void *data)
{
	(void)count;
	(void)messages;
	(void)ret;
	(void)data;
	return PAM_CONV_ERR;
}

/* A session of this class does not wait for the user's service manager, which starts as soon as
 * somebody wants it: where vmsilo-early-init listens for that. */
static int class_tell(pam_handle_t *pam)
{
	return access(BUS_IS_HELD, F_OK) == 0
		       ? pam_putenv(pam, "XDG_SESSION_CLASS=background-light")
		       : PAM_SUCCESS;
}

static int terminal_tell(pam_handle_t *pam)
{
	const char *terminal = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;

	return terminal ? pam_set_item(pam, PAM_TTY, terminal) : PAM_SUCCESS;
}

int session_open(const char *user, pam_handle_t **ret, struct error *error)
{
	static const struct pam_conv conversation = {.conv = on_conversation};
	const char *service = access(LOGIND_RUNS, F_OK) == 0 ? "vmsilo" : "vmsilo-before-logind";
	pam_handle_t *pam = NULL;

	int code = pam_start(service, user, &conversation, &pam);
	if (code == PAM_SUCCESS)
		code = terminal_tell(pam);
	if (code == PAM_SUCCESS)
		code = class_tell(pam);
	if (code == PAM_SUCCESS)
		code = pam_setcred(pam, PAM_ESTABLISH_CRED | PAM_SILENT);
	if (code == PAM_SUCCESS)
		code = pam_open_session(pam, PAM_SILENT);
	if (code == PAM_SUCCESS) {
		*ret = pam;
		return 0;
	}
	error_set(error, -EPERM, "%s", pam_strerror(pam, code));
	if (pam)
		pam_end(pam, code);
	return error->code;
}

/* ---- the keeper ---- */

static void stdio_drop(void)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static _Noreturn void keeper_run(pam_handle_t *pam, int program_fd)
{
	struct pollfd end = {.fd = program_fd, .events = POLLIN};

	prctl(PR_SET_NAME, CHILDREN_KEEPER);
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		continue;
	int code = pam_close_session(pam, PAM_SILENT);
	pam_setcred(pam, PAM_DELETE_CRED | PAM_SILENT);
	pam_end(pam, code);
	_exit(0);
}

/* Neither of the program's group, nor its child: that might wait for all that it has. */
static _Noreturn void keeper_leave(pam_handle_t *pam, int program_fd)
{
	setsid();
	stdio_drop();
	pid_t pid = fork();
	if (pid != 0)
		_exit(pid > 0 ? 0 : errno);
	keeper_run(pam, program_fd);
}

int session_keep(pam_handle_t *pam, struct error *error)
{
	_cleanup_close_ int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int status = 0;

	pid_t pid = self < 0 ? -1 : fork();
	if (pid == 0)
		keeper_leave(pam, self);
	int code = pid < 0 || waitpid(pid, &status, 0) < 0 ? -errno : -WEXITSTATUS(status);
	if (code < 0) {
		pam_close_session(pam, PAM_SILENT);
		pam_end(pam, PAM_SESSION_ERR);
		return error_set(error, code, "%s", strerror(-code));
	}
	/* What the modules keep is the keeper's: their descriptors go when we execute. */
	return 0;
}
