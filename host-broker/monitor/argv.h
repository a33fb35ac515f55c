/* A growing argument vector, NULL-terminated at every moment. An allocation failure sticks and
 * shows in argv_error(). */
#ifndef VMSILO_BROKER_MONITOR_ARGV_H
#define VMSILO_BROKER_MONITOR_ARGV_H

#include <stddef.h>

struct argv {
	char **items; /* owned */
	size_t count;
	int error;
};

void argv_init(struct argv *argv);
void argv_add(struct argv *argv, const char *item);
void argv_add_format(struct argv *argv, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* 0 or UV_ENOMEM. */
int argv_error(const struct argv *argv);
void argv_finish(struct argv *argv);

#endif
