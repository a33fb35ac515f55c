/*
 * What a program of ours gives up before it meets a guest. It keeps the descriptors that it holds,
 * reading and writing, and what its own list adds. Everything else goes, in this order: namespaces
 * (user, mount, network, IPC) with one folder, or nothing at all, as the root; capabilities;
 * further privileges (no_new_privs); resource limits; system calls (seccomp; another one kills the
 * process). A namespace of processes is not in this list: who starts it makes it, or nobody.
 *
 * Not the protocol: here because programs of several rooms use it.
 */
#ifndef VMSILO_PROTO_HOST_SANDBOX_H
#define VMSILO_PROTO_HOST_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"

struct sandbox_options {
	const char *name;      /* the VM's, for the log */
	const char *program;   /* "the vsock device", likewise */
	const char *directory; /* becomes the root, read-only; NULL: an empty root */
	bool required;         /* fail where something cannot be given up; else say so and go on */
	uint64_t files_max;    /* descriptors */
	uint64_t data_max;     /* bytes of private memory */
	bool stays;            /* it keeps its root and all its namespaces */
	/* It acts for the whole machine: no user namespace is made, and what it keeps counts there.
	 */
	bool stays_user;
	bool stays_network;    /* it keeps its network namespace */
	uint64_t capabilities; /* that it keeps; 0: none */
	/* Called in the namespaces while all of the old root and all rights are there; NULL:
	 * nothing is to be done. For programs that require their sandbox. */
	int (*on_entered)(void *data, struct error *error);
	void *data;
	/* Adds to the filter (libseccomp's) what only this program calls, by the functions below.
	 * Returns what they return. */
	int (*allow)(void *filter);
};

/* "required" or "best-effort"; false: neither. */
bool sandbox_required_parse(const char *text, bool *ret_required);
/* Before the program's first loop and thread, with the same options: no io_uring; see io-uring.h.
 */
int sandbox_begin(const struct sandbox_options *options, struct error *error);
/* *ret_rooted: the root is changed; false only where it is not required. */
int sandbox_enter(const struct sandbox_options *options, bool *ret_rooted, struct error *error);

/* What to make of a step that failed (code, error): the error, or a warning and 0 where it is not
 * required. */
int sandbox_judge(const struct sandbox_options *options, int code, struct error *error);

/* For sandbox_options.allow; call: SCMP_SYS(NAME). 0 or a negative errno. */
int sandbox_allow(void *filter, int call);
/* Each of these. */
int sandbox_allow_all(void *filter, const int *calls, size_t count);
/* Only with that value in the argument, counted from 0. */
int sandbox_allow_equal(void *filter, int call, unsigned int argument, uint64_t value);
/* New sockets, of exactly this type (with its flags). */
int sandbox_allow_socket(void *filter, int family, int type);
/* What serves and asks by sockets of IP calls. */
int sandbox_allow_network(void *filter);

#endif
