/*
 * An error for a person: made where the fact is known, prefixed with context on its way up, printed
 * once by the program's edge. Inside the program functions return 0 or a negative UV_E* code
 * instead.
 */
#ifndef VMSILO_PROTO_BASE_ERROR_H
#define VMSILO_PROTO_BASE_ERROR_H

struct error {
	int code;        /* negative UV_E*, 0 while nothing went wrong */
	char text[1024]; /* one line, without a newline; always terminated; cut when too long */
};

/* Sets code and text, and returns code. error may be NULL. */
int error_set(struct error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* Puts "PREFIX: " in front of the text; returns error->code. */
int error_prefix(struct error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
