/*
 * The session of systemd-logind that all programs of a user share. To open one and to close it
 * takes more of a processor than most commands do, so the first program's is kept, by a process
 * that does nothing else, the holder:
 *
 *   first helper --starts--> holder: opens it, is its leader, writes a record, waits
 *   each helper  --reads-->  the record, enters the session's control group, has its variables
 *
 * It lasts until the system ends. One that was ended (loginctl terminate-session) ends its holder
 * with it, and the next program's helper starts another.
 */
#ifndef VMSILO_AGENT_PAM_SHARED_H
#define VMSILO_AGENT_PAM_SHARED_H

#include <security/pam_appl.h>
#include <stddef.h>
#include <sys/types.h>

#define SHARED_SESSION_SIZE 4096

/* The record: the control group's list of processes, and the variables that PAM gave, each with
 * its NUL. It is written and read by root alone. */
struct shared_session {
	char text[SHARED_SESSION_SIZE];
	size_t size;
};

/* Finds it, or opens it: logind must run. Returns a negative errno when there is none. */
int shared_session_get(const char *user, uid_t uid, struct shared_session *ret);
/* This process enters it, and pam gets its variables. */
int shared_session_enter(const struct shared_session *shared, pam_handle_t *pam);
/* So does whoever is in the control group of this process. */
void shared_session_enter_all(const struct shared_session *shared);

#endif
