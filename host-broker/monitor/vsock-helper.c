#include "host-broker/monitor/vsock-helper.h"

#include <uv.h>

#include "host-broker/system/runtime-dir.h"
#include "proto/io/socket.h"

#define BACKLOG 1024  /* streams that are dialled before the device comes to accept them */
#define GUEST_CID "3" /* the first of guests; each device has one guest, so that it is no name */
#define SOCKET_FILE "vhost.socket"

/* Returns its number in the child. */
static int listen_at(const struct monitor_launch *launch, const char *name, struct command *command)
{
	char path[PATH_SIZE];
	int fd = paths_runtime(launch->paths, launch->vm->name, name, path)
			 ? socket_listen(path, BACKLOG)
			 : UV_ENAMETOOLONG;

	return fd < 0 ? fd : command_take_fd(command, fd);
}

static void arguments_add(const struct monitor_launch *launch, const char *program, int vhost,
	int hybrid, const char *directory, struct command *command)
{
	command_add(command, program);
	command_add(command, "--vhost-fd");
	command_add_format(command, "%d", vhost);
	command_add(command, "--listen-fd");
	command_add_format(command, "%d", hybrid);
	command_add(command, "--directory");
	command_add(command, directory);
	command_add(command, "--name");
	command_add(command, launch->vm->name);
	command_add(command, "--cid");
	command_add(command, GUEST_CID);
	command_add(command, "--sandbox");
	command_add(command, config_sandbox_word(launch->vm->sandbox));
}

int vsock_helper_prepare(const struct monitor_launch *launch, const char *program,
	struct monitor_helper *ret, char ret_socket[PATH_SIZE], struct error *error)
{
	const char *vm = launch->vm->name;
	char directory[PATH_SIZE];

	*ret = (struct monitor_helper){.name = "the vsock device",
		.key = "vsock_device",
		.rights = CHILD_CAPABILITIES_SANDBOX,
		.own_pids = true};
	command_init(&ret->command);
	int vhost = listen_at(launch, SOCKET_FILE, &ret->command);
	int hybrid = listen_at(launch, "vsock/s", &ret->command);
	int code = vhost < 0 ? vhost : hybrid < 0 ? hybrid : 0;
	if (code == 0 && (!paths_runtime(launch->paths, vm, "vsock", directory) ||
				 !paths_runtime(launch->paths, vm, SOCKET_FILE, ret_socket)))
		code = UV_ENAMETOOLONG;
	if (code == 0 && launch->identity)
		code = runtime_dir_give(launch->paths, vm, SOCKET_FILE, launch->identity);
	if (code < 0)
		return error_set(error, code, "vm \"%s\": cannot make its vsock sockets: %s", vm,
			uv_strerror(code));
	arguments_add(launch, program, vhost, hybrid, directory, &ret->command);
	return 0;
}
