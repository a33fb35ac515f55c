/* stdin, stdout and stderr, as a program finds and leaves them. */
#ifndef VMSILO_PROTO_HOST_STANDARD_FDS_H
#define VMSILO_PROTO_HOST_STANDARD_FDS_H

/* Those that are closed are held by a /dev/null that can be neither read nor written, so that no
 * other file gets their number, and printing fails as it should. 0 or a negative UV_E*. */
int standard_fds_hold(void);
/* For a program that moves bytes between them and another: what is held becomes an ordinary
 * /dev/null, as ssh(1) has it. */
int standard_fds_fill(void);

/* At the end of a program whose output is its result: what was printed is there, or it is told on
 * stderr why not. 0; 1 when it is not all there. A reader that has gone, as head(1) does, has had
 * what it wanted: 0. */
int standard_output_finish(const char *program);

#endif
