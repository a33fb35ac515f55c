/* What of a SETUP could not be done, as sentences for people. */
#ifndef VMSILO_AGENT_SETUP_PROBLEMS_H
#define VMSILO_AGENT_SETUP_PROBLEMS_H

#include <stddef.h>

#include "proto/limits.h"

struct problems {
	char texts[SETUP_PROBLEMS_MAX][SETUP_PROBLEM_MAX + 1];
	size_t count;
};

/* Also says it in the log. What exceeds the bounds is left out. */
void problems_add(struct problems *problems, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
