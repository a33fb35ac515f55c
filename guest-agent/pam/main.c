/*
 * vmsilo-pam-session USER DEFAULTS FILE WORD...: opens a session of USER with PAM, and executes
 * FILE in it as that user, with the words as its arguments. The agent, which is linked statically
 * and so cannot load PAM's modules, executes it where it would execute the program, as root and in
 * the program's folder. The program's environment is read from descriptor 3 (program/pam-helper.h);
 * its first DEFAULTS variables yield to PAM's.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/pam/environment.h"
#include "guest-agent/pam/session.h"
#include "guest-agent/program/pam-helper.h"
#include "proto/base/error.h"

#define EXIT_USAGE 125
#define EXIT_CANNOT 126
#define EXIT_NOT_FOUND 127
#define ADDRESS_SIZE 64

static const struct passwd *user_find(const char *name, struct error *error)
{
	errno = 0;
	const struct passwd *user = getpwnam(name);
	if (!user)
		error_set(error, -ENOENT, "there is no such user");
	return user;
}

static int user_become(const struct passwd *user, struct error *error)
{
	if (setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0)
		return error_set(error, -errno, "%s", strerror(errno));
	return 0;
}

/* What pam_systemd says where systemd-logind runs, and is true before. */
static void runtime_tell(pam_handle_t *pam, uid_t uid)
{
	char folder[ADDRESS_SIZE], text[2 * ADDRESS_SIZE];
	struct stat status;

	snprintf(folder, sizeof(folder), "/run/user/%u", uid);
	if (stat(folder, &status) < 0 || status.st_uid != uid)
		return;
	if (!pam_getenv(pam, "XDG_RUNTIME_DIR")) {
		snprintf(text, sizeof(text), "XDG_RUNTIME_DIR=%s", folder);
		pam_putenv(pam, text);
	}
	if (!pam_getenv(pam, "DBUS_SESSION_BUS_ADDRESS")) {
		snprintf(text, sizeof(text), "DBUS_SESSION_BUS_ADDRESS=unix:path=%s/bus", folder);
		pam_putenv(pam, text);
	}
}

static int session_begin(
	const char *name, size_t defaults, char ***ret_environment, struct error *error)
{
	char **asked = environment_read(PAM_HELPER_ENVIRONMENT_FD);
	const struct passwd *user = user_find(name, error);
	pam_handle_t *pam;

	if (!asked)
		return error_set(error, -EINVAL, "the agent gave no environment");
	close(PAM_HELPER_ENVIRONMENT_FD);
	if (!user)
		return error->code;
	/* Before pam_setcred(3), which may add groups. */
	if (initgroups(user->pw_name, user->pw_gid) < 0)
		return error_set(error, -errno, "%s", strerror(errno));
	int code = session_open(name, user->pw_uid, &pam, error);
	if (code < 0)
		return code;
	runtime_tell(pam, user->pw_uid);
	char **variables = pam_getenvlist(pam);
	*ret_environment = variables ? environment_merge(asked, defaults, variables) : NULL;
	code = session_keep(pam, user->pw_uid, error);
	if (code == 0 && !*ret_environment)
		code = error_set(error, -ENOMEM, "%s", strerror(ENOMEM));
	return code < 0 ? code : user_become(user, error);
}

int main(int argc, char **argv)
{
	struct error error = {0};
	char **environment = NULL;

	if (argc < 5 || geteuid() != 0) {
		fputs("vmsilo-pam-session: it is the agent's, which runs it as root\n", stderr);
		return EXIT_USAGE;
	}
	if (session_begin(argv[1], strtoul(argv[2], NULL, 10), &environment, &error) < 0) {
		fprintf(stderr, "vmsilo: no session for user \"%s\" with PAM: %s\n", argv[1],
			error.text);
		return EXIT_CANNOT;
	}
	environ = environment;
	execvp(argv[3], argv + 4);
	fprintf(stderr, "vmsilo: %s: %s\n", argv[3], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
}
