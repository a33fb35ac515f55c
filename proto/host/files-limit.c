#include "proto/host/files-limit.h"

struct rlimit files_limit_raise(rlim_t wanted)
{
	struct rlimit before = {.rlim_cur = 0, .rlim_max = 0};

	getrlimit(RLIMIT_NOFILE, &before);
	if (before.rlim_cur >= wanted)
		return before;
	struct rlimit raised = {.rlim_cur = wanted,
		.rlim_max = before.rlim_max < wanted ? wanted : before.rlim_max};
	if (setrlimit(RLIMIT_NOFILE, &raised) < 0) {
		raised = (struct rlimit){.rlim_cur = before.rlim_max, .rlim_max = before.rlim_max};
		setrlimit(RLIMIT_NOFILE, &raised);
	}
	return before;
}
