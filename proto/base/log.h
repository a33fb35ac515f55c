/*
 * The log: one line per event on stderr, and the only global state in the project. Library code
 * (codec, transport) stays at debug; the object that owns a VM says once what happened, with the
 * VM's name. When stderr is the journal ($JOURNAL_STREAM) a line begins with the syslog priority
 * (sd-daemon(3)), else with the seconds since start. Control characters and invalid UTF-8 in the
 * text are escaped, so that no guest string can write to a terminal. errno is preserved across a
 * call.
 *
 * A line that a guest or a user can cause as often as he likes names him (log_guest_*, log_user_*):
 * a gate, if there is one, says whether he may have it.
 */
#ifndef VMSILO_PROTO_BASE_LOG_H
#define VMSILO_PROTO_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Where lines go instead of stderr; for tests. text is valid during the call only. */
typedef void (*log_sink)(enum log_level level, const char *vm, const char *text);

void log_set_level(enum log_level level);
void log_set_sink(log_sink sink);
/* "error", "warning", "info", "debug"; -1 when it is none of them. */
int log_level_parse(const char *name);

/* The source that caused the line. */
struct log_cause {
	const char *guest; /* the VM's name; NULL: a user */
	uid_t uid;
};
/* Whether the line, of so many bytes, is written. May log itself, without a cause. */
typedef bool (*log_gate)(void *data, const struct log_cause *cause, size_t length);
void log_set_gate(log_gate gate, void *data);

/* stderr is the file at path, if it is: at max bytes it becomes PATH.1, and another is begun. What
 * was in PATH.1 is gone. path: borrowed for life. */
void log_set_file(const char *path, size_t max);

/* cause: NULL for what is our own. vm: the VM's name, or NULL for what concerns no single VM. */
void log_write(enum log_level level, const struct log_cause *cause, const char *vm,
	const char *format, ...) __attribute__((format(printf, 4, 5)));

#define log_error(vm, ...) log_write(LOG_LEVEL_ERROR, NULL, vm, __VA_ARGS__)
#define log_warning(vm, ...) log_write(LOG_LEVEL_WARNING, NULL, vm, __VA_ARGS__)
#define log_info(vm, ...) log_write(LOG_LEVEL_INFO, NULL, vm, __VA_ARGS__)
#define log_debug(vm, ...) log_write(LOG_LEVEL_DEBUG, NULL, vm, __VA_ARGS__)

#define log_guest_warning(vm, ...) \
	log_write(LOG_LEVEL_WARNING, &(const struct log_cause){.guest = (vm)}, vm, __VA_ARGS__)
#define log_guest_info(vm, ...) \
	log_write(LOG_LEVEL_INFO, &(const struct log_cause){.guest = (vm)}, vm, __VA_ARGS__)
#define log_user_warning(user, vm, ...) \
	log_write(LOG_LEVEL_WARNING, &(const struct log_cause){.uid = (user)}, vm, __VA_ARGS__)

#endif
