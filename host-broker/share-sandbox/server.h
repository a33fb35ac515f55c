/*
 * Programs that serve a folder by virtiofs, as a vhost-user back end. There are two, both named
 * virtiofsd, whose options differ:
 *
 *   QEMU's, in C       /usr/lib/qemu/virtiofsd, up to QEMU 7.2 (Debian 12)
 *   the one in Rust    /usr/libexec/virtiofsd (Debian 13)
 *
 * Which one it is it says itself when asked for its version.
 */
#ifndef VMSILO_BROKER_SHARE_SANDBOX_SERVER_H
#define VMSILO_BROKER_SHARE_SANDBOX_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include "proto/base/error.h"

enum server_kind { SERVER_C, SERVER_RUST };

#define SERVER_ARGUMENTS_MAX 24
#define SERVER_NUMBER_SIZE 16

/* Whom a file of the serving user belongs to. */
struct server_ids {
	uint32_t guest_user, guest_group; /* in the guest */
	uint32_t own_user, own_group;     /* in the server's namespace */
};

/* Words for exec(3). */
struct server_command {
	const char *argv[SERVER_ARGUMENTS_MAX + 1]; /* NULL-terminated */
	size_t count;
	char fd[SERVER_NUMBER_SIZE];
	char source[64];       /* of "-o source=FOLDER" */
	char capabilities[96]; /* of "modcaps": all that it would keep, taken out */
	char users[64];        /* of "--translate-uid" */
	char groups[64];
};

/* By the answer to --version. UV_ENOTSUP and a sentence: neither. Pure. */
int server_kind_of(const char *version, enum server_kind *ret, struct error *error);
/* Asks the program. */
int server_kind_find(const char *program, enum server_kind *ret, struct error *error);
/* QEMU's has no translation of its own, so that its namespace is the guest's in this; the one in
 * Rust enters a folder only as root, and translates. Pure. */
struct server_ids server_ids_of(enum server_kind kind, uint32_t guest_user, uint32_t guest_group);
/* The program serves folder, where it finds nothing else, to who connects to the listening socket
 * fd. What it points to is borrowed. Pure. */
void server_command_make(struct server_command *command, enum server_kind kind, const char *program,
	int fd, const char *folder, const struct server_ids *ids);

#endif
