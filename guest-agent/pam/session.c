#include "guest-agent/pam/session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/pam/conversation.h"
#include "guest-agent/pam/logind.h"
#include "guest-agent/program/pam-helper.h"
#include "proto/base/cleanup.h"

static int terminal_tell(pam_handle_t *pam)
{
	const char *terminal = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;

	return terminal ? pam_set_item(pam, PAM_TTY, terminal) : PAM_SUCCESS;
}

int session_open(const char *user, pam_handle_t **ret, struct error *error)
{
	const char *service = logind_runs() ? "vmsilo" : "vmsilo-before-logind";
	pam_handle_t *pam = NULL;

	int code = pam_start(service, user, &conversation_none, &pam);
	if (code == PAM_SUCCESS)
		code = terminal_tell(pam);
	if (code == PAM_SUCCESS)
		code = logind_session_describe(pam);
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

static void session_close(pam_handle_t *pam)
{
	int code = pam_close_session(pam, PAM_SILENT);

	pam_setcred(pam, PAM_DELETE_CRED | PAM_SILENT);
	pam_end(pam, code);
}

/* Opened without systemd-logind. */
static bool is_early(pam_handle_t *pam)
{
	return !pam_getenv(pam, "XDG_SESSION_ID");
}

static _Noreturn void keeper_run(pam_handle_t *pam, int program_fd)
{
	struct pollfd end = {.fd = program_fd, .events = POLLIN};
	const void *user = NULL;
	pam_handle_t *joined = NULL;

	prctl(PR_SET_NAME, PAM_HELPER_KEEPER);
	if (is_early(pam) && pam_get_item(pam, PAM_USER, &user) == PAM_SUCCESS)
		joined = logind_join(user, program_fd);
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		continue;
	if (joined)
		session_close(joined);
	session_close(pam);
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
