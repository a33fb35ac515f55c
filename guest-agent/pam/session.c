#include "guest-agent/pam/session.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest-agent/pam/conversation.h"
#include "guest-agent/pam/leave.h"
#include "guest-agent/pam/logind.h"
#include "guest-agent/pam/shared.h"
#include "proto/base/cleanup.h"

static int terminal_tell(pam_handle_t *pam)
{
	const char *terminal = isatty(STDIN_FILENO) ? ttyname(STDIN_FILENO) : NULL;

	return terminal ? pam_set_item(pam, PAM_TTY, terminal) : PAM_SUCCESS;
}

static void shared_enter(pam_handle_t *pam, const char *user, uid_t uid)
{
	struct shared_session shared;

	if (!logind_runs() || shared_session_get(user, uid, &shared) < 0 ||
		shared_session_enter(&shared, pam) < 0)
		return;
	/* As pam_systemd has it for one that has a terminal; that which is shared has none. */
	if (isatty(STDIN_FILENO))
		pam_putenv(pam, "XDG_SESSION_TYPE=tty");
}

int session_open(const char *user, uid_t uid, pam_handle_t **ret, struct error *error)
{
	pam_handle_t *pam = NULL;

	int code = pam_start("vmsilo", user, &conversation_none, &pam);
	if (code == PAM_SUCCESS)
		code = terminal_tell(pam);
	if (code == PAM_SUCCESS)
		code = pam_setcred(pam, PAM_ESTABLISH_CRED | PAM_SILENT);
	/* Before the session's limits, which are not the holder's, and its keyring. */
	if (code == PAM_SUCCESS) {
		shared_enter(pam, user, uid);
		code = pam_open_session(pam, PAM_SILENT);
	}
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

static void shared_enter_late(pam_handle_t *pam, uid_t uid, int program_fd)
{
	struct shared_session shared;
	const void *user = NULL;

	if (pam_get_item(pam, PAM_USER, &user) == PAM_SUCCESS && logind_wait(program_fd) &&
		shared_session_get(user, uid, &shared) == 0)
		shared_session_enter_all(&shared);
}

static _Noreturn void keeper_run(pam_handle_t *pam, uid_t uid, int program_fd)
{
	struct pollfd end = {.fd = program_fd, .events = POLLIN};

	if (is_early(pam))
		shared_enter_late(pam, uid, program_fd);
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		continue;
	session_close(pam);
	_exit(0);
}

int session_keep(pam_handle_t *pam, uid_t uid, struct error *error)
{
	_cleanup_close_ int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int code = self < 0 ? -errno : process_leave();

	if (code == 1)
		keeper_run(pam, uid, self);
	if (code < 0) {
		pam_close_session(pam, PAM_SILENT);
		pam_end(pam, PAM_SESSION_ERR);
		return error_set(error, code, "%s", strerror(-code));
	}
	/* What the modules keep is the keeper's: their descriptors go when we execute. */
	return 0;
}
