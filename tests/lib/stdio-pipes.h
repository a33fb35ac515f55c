/* Pipes in place of stdin, stdout and stderr, for a program's inside that knows these alone. */
#ifndef VMSILO_TESTS_STDIO_PIPES_H
#define VMSILO_TESTS_STDIO_PIPES_H

/* The far ends, which do not block: [0] is written to, [1] and [2] are read. -1: closed. */
struct stdio_pipes {
	int ends[3];
};

/* Keeps the process's own aside; once, before a world begins. */
void stdio_pipes_prepare(void);
void stdio_pipes_open(struct stdio_pipes *pipes);
void stdio_pipes_close_end(struct stdio_pipes *pipes, int which);
/* The process has its own again. The ends are closed. */
void stdio_pipes_close(struct stdio_pipes *pipes);

#endif
