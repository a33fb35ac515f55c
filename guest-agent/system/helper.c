#include "guest-agent/system/helper.h"

#include <signal.h>
#include <spawn.h>
#include <unistd.h>

int helper_start(const char *const *argv, pid_t *ret)
{
	posix_spawnattr_t attributes;
	sigset_t none;

	sigemptyset(&none);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawnattr_setsigmask(&attributes, &none);
	int error = posix_spawnp(ret, argv[0], NULL, &attributes, (char *const *)argv, environ);
	posix_spawnattr_destroy(&attributes);
	return -error;
}
