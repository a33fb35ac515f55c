#include "tests/lib/stdio-pipes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define OWN_FROM 100 /* descriptors that are kept aside are higher */

static int own[3] = {-1, -1, -1};

void stdio_pipes_prepare(void)
{
	for (int i = 0; i < 3; i++) {
		if (own[i] < 0)
			own[i] = fcntl(i, F_DUPFD_CLOEXEC, OWN_FROM);
		if (own[i] < 0)
			abort();
	}
}

void stdio_pipes_open(struct stdio_pipes *pipes)
{
	for (int i = 0; i < 3; i++) {
		int pair[2];
		int near = i == 0 ? 0 : 1;
		if (pipe2(pair, O_CLOEXEC | O_NONBLOCK) < 0 || dup2(pair[near], i) < 0)
			abort();
		close(pair[near]);
		pipes->ends[i] = pair[!near];
	}
}

void stdio_pipes_close_end(struct stdio_pipes *pipes, int which)
{
	if (pipes->ends[which] >= 0)
		close(pipes->ends[which]);
	pipes->ends[which] = -1;
}

void stdio_pipes_close(struct stdio_pipes *pipes)
{
	for (int i = 0; i < 3; i++) {
		stdio_pipes_close_end(pipes, i);
		if (dup2(own[i], i) < 0)
			abort();
	}
}
