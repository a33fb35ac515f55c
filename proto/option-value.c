#include "proto/option-value.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*ret = strtoull(text, &end, 10);
	return !*end && *ret >= least && *ret <= most;
}

bool option_fd(const char *text, int *ret)
{
	uint64_t number;

	if (!option_number(text, STDERR_FILENO + 1, INT_MAX, &number))
		return false;
	*ret = (int)number;
	return true;
}
