#include "guest-agent/pam/leave.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/program/pam-helper.h"
#include "proto/base/cleanup.h"

static void stdio_drop(void)
{
	_cleanup_close_ int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; null >= 0 && fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

static int leave(void)
{
	setsid();
	stdio_drop();
	pid_t pid = fork();
	if (pid != 0)
		_exit(pid > 0 ? 0 : errno);
	prctl(PR_SET_NAME, PAM_HELPER_KEEPER);
	return 1;
}

int process_leave(void)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		return leave();
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ECHILD;
}
