/*
 * vmsilo-share-sandbox: confines the server of one share, and becomes it.
 *
 * The server needs no right of the host's but to use the folder as its user. It gets namespaces of
 * its own with that user alone, who is called there as the guest's user is, so that files of the
 * one are files of the other.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/share-sandbox/calls.h"
#include "host-broker/share-sandbox/mounts.h"
#include "host-broker/share-sandbox/rights.h"
#include "host-broker/share-sandbox/server.h"
#include "proto/base/log.h"
#include "proto/host/program-options.h"
#include "proto/host/userns.h"

#define EXIT_FAILED 1 /* 2: wrong usage */
#define ID_MAX (UINT32_MAX - 1)
#define NAMESPACES (CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

struct options {
	int socket_fd;
	int folder_fd;
	const char *server;
	const char *name;
	uint64_t user, group;
	bool read_only;
};

static const char help[] =
	"usage: vmsilo-share-sandbox --socket-fd N --folder-fd N --server PROGRAM\n"
	"                            [--user UID] [--group GID] [--read-only] [--name VM]\n"
	"\n"
	"Runs virtiofsd in a sandbox, where it serves one folder to one virtual machine.\n"
	"The broker starts it; monitors that speak vhost-user (QEMU, crosvm) connect to it.\n"
	"\n"
	"  --socket-fd N     listening unix socket where the monitor connects\n"
	"  --folder-fd N     the folder, opened (O_PATH)\n"
	"  --server PROGRAM  virtiofsd, QEMU's or the one in Rust; an absolute path\n"
	"  --user UID        the user in the guest to whom files of the caller's user belong\n"
	"  --group GID       likewise of his group (both: 1000 without the option)\n"
	"  --read-only       the guest can change nothing\n"
	"  --name VM         for messages\n"
	"  --help, --version\n"
	"\n"
	"Exit codes: 1 the sandbox cannot be set up, 2 wrong usage, else the server's.\n";

static const struct program_option option_table[] = {
	{"socket-fd", PROGRAM_FD, .offset = offsetof(struct options, socket_fd), .required = true},
	{"folder-fd", PROGRAM_FD, .offset = offsetof(struct options, folder_fd), .required = true},
	{"server", PROGRAM_TEXT, .offset = offsetof(struct options, server), .required = true},
	{"user", PROGRAM_NUMBER, .offset = offsetof(struct options, user), .most = ID_MAX},
	{"group", PROGRAM_NUMBER, .offset = offsetof(struct options, group), .most = ID_MAX},
	{"read-only", PROGRAM_FLAG, .offset = offsetof(struct options, read_only)},
	{"name", PROGRAM_TEXT, .offset = offsetof(struct options, name)},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-share-sandbox", .help = help, .options = option_table};

static int sandbox_enter(const struct options *options, const char *program,
	const struct server_ids *ids, struct error *error)
{
	int code = userns_enter(NAMESPACES, ids->own_user, ids->own_group, error);

	if (code == 0)
		code = mounts_enter(options->folder_fd, options->read_only, program, error);
	if (code == 0)
		code = rights_drop(error);
	return code == 0 ? calls_filter(error) : code;
}

static int server_become(const struct options *options, struct error *error)
{
	struct server_command command;
	enum server_kind kind;
	char program[PATH_MAX];
	int code = 0;

	if (!realpath(options->server, program))
		return error_set(
			error, -errno, "cannot find %s: %s", options->server, uv_strerror(-errno));
	code = server_kind_find(program, &kind, error);
	if (code < 0)
		return code;
	const struct server_ids ids =
		server_ids_of(kind, (uint32_t)options->user, (uint32_t)options->group);
	code = sandbox_enter(options, program, &ids, error);
	if (code < 0)
		return code;
	close(options->folder_fd);
	/* QEMU's waits in accept(2), and takes a socket that does not for one that fails. */
	int flags = fcntl(options->socket_fd, F_GETFL);
	if (flags < 0 || fcntl(options->socket_fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
		return error_set(
			error, -errno, "cannot set up its socket: %s", uv_strerror(-errno));
	umask(0); /* modes are the guest's */
	server_command_make(&command, kind, program, options->socket_fd, MOUNTS_FOLDER, &ids);
	execv(program, (char *const *)command.argv);
	return error_set(
		error, -errno, "cannot run %s in its sandbox: %s", program, uv_strerror(-errno));
}

int main(int argc, char **argv)
{
	struct options options = {.user = 1000, .group = 1000};
	struct error error = {0};
	int code = program_options_parse(&description, argc, argv, &options);

	if (code >= 0)
		return code;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		error_set(&error, -errno, "cannot set no_new_privs: %s", uv_strerror(-errno));
	else
		server_become(&options, &error);
	log_error(options.name, "%s", error.text);
	return EXIT_FAILED;
}
