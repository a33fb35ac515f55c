#include "host-broker/shares/part.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host-broker/parts/helper.h"
#include "host-broker/shares/folder.h"
#include "host-broker/system/runtime-dir.h"
#include "proto/base/cleanup.h"
#include "proto/io/socket.h"

#define BACKLOG 1 /* the monitor */
#define RELEASE_MS 1500

struct share {
	const struct shares_options *options;
	const struct run_context *context;
	const struct share_config *config;
	size_t index;
	struct helper helper;
};

void share_tag(size_t index, char ret[SHARE_TAG_SIZE])
{
	snprintf(ret, SHARE_TAG_SIZE, "share%zu", index);
}

/* ---- its server ---- */

/* Where Debian 12 and Debian 13 have it. */
static const char *const usual[] = {"/usr/libexec/virtiofsd", "/usr/lib/qemu/virtiofsd", NULL};

static int server_find(const struct share *share, const char **ret, struct error *error)
{
	const char *given = share->options->environment->broker->virtiofsd;

	*ret = given;
	if (given[0])
		return access(given, X_OK) == 0
			       ? 0
			       : error_set(error, UV_ENOENT,
					 "cannot run %s, which the key virtiofsd of broker names",
					 given);
	for (size_t i = 0; usual[i]; i++)
		if (access(usual[i], X_OK) == 0) {
			*ret = usual[i];
			return 0;
		}
	return error_set(error, UV_ENOENT,
		"shares need virtiofsd, which is not installed; install the package virtiofsd (on "
		"Debian 12: qemu-system-common)");
}

/* The monitor's, which connects when the server listens. */
static int socket_make(const struct share *share, const char *name, char path[PATH_SIZE])
{
	const struct paths *paths = share->options->environment->paths;
	const struct run_context *context = share->context;
	int fd = paths_runtime(paths, context->vm->name, name, path) ? socket_listen(path, BACKLOG)
								     : UV_ENAMETOOLONG;
	int code = fd < 0 ? fd : 0;

	if (code == 0 && context->identity)
		code = runtime_dir_give(paths, context->vm->name, name, context->identity);
	if (code < 0 && fd >= 0)
		close(fd);
	return code < 0 ? code : fd;
}

static int server_run(struct share *share, const char *server, int socket_fd,
	const struct share_folder *folder, struct error *error)
{
	const struct vm_config *vm = share->context->vm;
	const int fds[] = {socket_fd, folder->fd};
	const struct child_file file = {folder->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW};
	char user[16]; /* whose group has the same number */

	snprintf(user, sizeof(user), "%u", vm->guest_uid);
	const char *const argv[] = {share->options->sandbox, "--socket-fd", "3", "--folder-fd", "4",
		"--server", server, "--name", vm->name, "--user", user, "--group", user,
		share->config->read_only ? "--read-only" : NULL, NULL};

	return helper_run(&share->helper,
		&(const struct child_options){.argv = argv,
			.fds = fds,
			.fds_count = 2,
			.identity = share->context->identity ? &folder->identity : NULL,
			.capabilities = CHILD_CAPABILITIES_SANDBOX,
			.files = &file,
			.files_count = 1,
			.own_pids = true,
			.vm = vm->name},
		error);
}

static int folder_open(const struct share *share, struct share_folder *ret, struct error *error)
{
	const struct vm_environment *environment = share->options->environment;
	const struct protected_places places = {.paths = environment->paths,
		.config_path = environment->config_path,
		.broker = environment->broker,
		.vms = share->context->vm,
		.vms_count = 1};

	return share_folder_open(&places, share->context->vm, share->config, ret, error);
}

static int share_serve(struct share *share, const char *server, const struct share_folder *folder,
	struct error *error)
{
	char tag[SHARE_TAG_SIZE], name[SHARE_TAG_SIZE + 8], path[PATH_SIZE];

	share_tag(share->index, tag);
	snprintf(name, sizeof(name), "%s.socket", tag);
	_cleanup_close_ int socket_fd = socket_make(share, name, path);
	if (socket_fd < 0)
		return error_set(
			error, socket_fd, "cannot create its socket: %s", uv_strerror(socket_fd));
	int code = vm_devices_add_share(share->context->devices, (unsigned int)share->index,
		&(const struct monitor_share){.tag = tag, .socket = path});
	if (code < 0)
		return error_set(error, code, "there are too many shares");
	return server_run(share, server, socket_fd, folder, error);
}

static int share_start(struct helper *helper, struct error *error)
{
	struct share *share = helper->data;
	struct share_folder folder = {.fd = -1};
	const char *server;
	int code = server_find(share, &server, error);

	if (code == 0)
		code = folder_open(share, &folder, error);
	if (code < 0)
		return code;
	code = share_serve(share, server, &folder, error);
	close(folder.fd);
	return code;
}

/* ---- the part ---- */

static void share_forget(struct part *part)
{
	struct helper *helper = part->data;

	helper_forget(part);
	free(helper->data);
}

static const struct part_kind share_kind = {.name = "share",
	.death = PART_DEATH_DEGRADES,
	.without = "what uses it in the VM hangs; restart the VM to use it again",
	.release_ms = RELEASE_MS,
	.prepare = helper_prepare,
	.release = helper_release,
	.force = helper_force,
	.forget = share_forget,
	.record = helper_record,
	.adopt = helper_adopt,
	.lives = helper_lives};

static int share_add(
	const struct shares_options *options, const struct run_context *context, size_t index)
{
	struct share *share = calloc(1, sizeof(*share));
	char tag[SHARE_TAG_SIZE], name[PART_NAME_SIZE];

	if (!share)
		return UV_ENOMEM;
	*share = (struct share){.options = options,
		.context = context,
		.config = &context->vm->shares.items[index],
		.index = index,
		.helper = {.loop = options->environment->loop,
			.start = share_start,
			.data = share,
			/* Both say so, once the monitor can connect. */
			.ready_words = "Waiting for vhost-user socket connection"}};
	share_tag(index, tag);
	snprintf(name, sizeof(name), "the share %s", share->config->mount);
	if (parts_add(context->parts, &share_kind, tag, name, &share->helper))
		return 0;
	free(share);
	return UV_ENOMEM;
}

int shares_add(void *data, const struct run_context *context, struct error *error)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < context->vm->shares.count; i++)
		code = share_add(data, context, i);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}
