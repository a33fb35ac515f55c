/* The agent as a whole: control channel, sessions, children, the end. */
#ifndef VMSILO_AGENT_AGENT_H
#define VMSILO_AGENT_AGENT_H

#include <stdbool.h>

#include "proto/wire/address.h"

#define SERVICES_DIRECTORY "/etc/vmsilo/services.d"

struct agent_options {
	struct endpoint control; /* whose control port is dialled */
	struct endpoint listen;  /* where sessions come */
	const char *services;    /* the directory of services */
	const char *tray_socket; /* where vmsilo-guest-tray comes for its stream; NULL: nowhere */
	const char *windows_socket;  /* likewise vmsilo-guest-windows */
	const char *windows_program; /* that one; where it is not there, there are no windows */
	const char *pam_session;     /* vmsilo-pam-session; NULL: sessions without PAM */
	const char *cgroup;          /* a folder for cgroups_init(), or NULL */
	bool init;                   /* we are the first process */
	bool systemd;                /* that is systemd, which powers the machine off */
	const char *setup;           /* the root that SETUP is applied to; NULL: none is taken */
	bool set_clock;              /* the machine's clock and random generator are ours to set */
	const char
		*shutdown_command; /* run by sh when the broker asks for a shutdown; NULL: exit */
};

/* Runs until the shutdown. 0, or a negative UV_E* when it could not listen. */
int agent_run(const struct agent_options *options);

#endif
