#include "host-broker/parts/vsock-device.h"

#include "host-broker/system/runtime-dir.h"
#include "proto/base/cleanup.h"
#include "proto/io/socket.h"

#define BACKLOG 1024 /* streams that are dialled before the device comes to accept them */
#define RELEASE_MS 1500

static int listen_at(const struct vsock_device_options *options, const char *name)
{
	char path[PATH_SIZE];

	return paths_runtime(options->paths, options->vm->name, name, path)
		       ? socket_listen(path, BACKLOG)
		       : UV_ENAMETOOLONG;
}

/* The monitor connects to the one, and the other is ours. */
static int sockets_make(const struct vsock_device_options *options, int ret_fds[2])
{
	_cleanup_close_ int vhost = listen_at(options, VSOCK_DEVICE_SOCKET);
	_cleanup_close_ int hybrid = listen_at(options, "vsock/s");

	if (vhost < 0 || hybrid < 0)
		return vhost < 0 ? vhost : hybrid;
	int code = options->identity ? runtime_dir_give(options->paths, options->vm->name,
					       VSOCK_DEVICE_SOCKET, options->identity)
				     : 0;
	if (code < 0)
		return code;
	ret_fds[0] = steal_fd(&vhost);
	ret_fds[1] = steal_fd(&hybrid);
	return 0;
}

static int device_run(
	struct vsock_device *device, const int fds[2], const char *directory, struct error *error)
{
	const struct vsock_device_options *options = &device->options;
	const struct vm_config *vm = options->vm;
	const char *const argv[] = {options->program, "--vhost-fd", "3", "--listen-fd", "4",
		"--directory", directory, "--name", vm->name, "--cid", "3", "--sandbox",
		config_sandbox_word(vm->sandbox), NULL};
	const struct identity identity = identity_bare(options->identity);

	return helper_run(&device->helper,
		&(const struct child_options){.argv = argv,
			.fds = fds,
			.fds_count = 2,
			.identity = options->identity ? &identity : NULL,
			.capabilities = CHILD_CAPABILITIES_SANDBOX,
			.own_pids = true,
			.vm = vm->name},
		error);
}

static int device_start(struct helper *helper, struct error *error)
{
	struct vsock_device *device = helper->data;
	const struct vsock_device_options *options = &device->options;
	char directory[PATH_SIZE];
	int fds[2];
	int code = paths_runtime(options->paths, options->vm->name, "vsock", directory)
			   ? sockets_make(options, fds)
			   : UV_ENAMETOOLONG;

	if (code < 0)
		return error_set(error, code, "cannot create its sockets: %s", uv_strerror(code));
	_cleanup_close_ int vhost = fds[0];
	_cleanup_close_ int hybrid = fds[1];
	return device_run(device, (const int[]){vhost, hybrid}, directory, error);
}

const struct part_kind vsock_device_kind = {.name = "vsock device",
	.death = PART_DEATH_STOPS,
	.release_ms = RELEASE_MS,
	HELPER_FUNCTIONS};

void vsock_device_init(struct vsock_device *device, const struct vsock_device_options *options)
{
	*device = (struct vsock_device){.options = *options};
	device->helper.loop = options->loop;
	device->helper.start = device_start;
	device->helper.data = device;
}
