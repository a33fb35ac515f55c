#include "host-broker/share-sandbox/server.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/share-sandbox/calls.h"
#include "proto/base/cleanup.h"

#define ANSWER_MAX 1024   /* bytes */
#define ANSWER_SECONDS 10 /* that it may take */

int server_kind_of(const char *version, enum server_kind *ret, struct error *error)
{
	static const char name[] = "virtiofsd ";

	if (strncmp(version, name, sizeof(name) - 1) == 0) {
		*ret = strstr(version, "QEMU") ? SERVER_C : SERVER_RUST;
		return 0;
	}
	return error_set(error, UV_ENOTSUP,
		"the program is no virtiofsd: asked for its version it answers \"%.*s\"",
		(int)strcspn(version, "\n"), version);
}

/* QEMU's drops its groups before anything else, which fails without the filter's help. */
static _Noreturn void server_ask(const char *program, int answer_fd)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	alarm(ANSWER_SECONDS);
	if (calls_filter(NULL) == 0 && dup2(answer_fd, STDOUT_FILENO) >= 0 &&
		dup2(null, STDERR_FILENO) >= 0)
		execl(program, program, "--version", (char *)NULL);
	_exit(127);
}

static size_t answer_read(int fd, char *out, size_t size)
{
	size_t length = 0;
	ssize_t count = 1;

	while (count > 0 && length + 1 < size) {
		count = read(fd, out + length, size - 1 - length);
		length += count > 0 ? (size_t)count : 0;
	}
	out[length] = '\0';
	return length;
}

int server_kind_find(const char *program, enum server_kind *ret, struct error *error)
{
	char answer[ANSWER_MAX];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(error, -errno, "cannot create a pipe: %s", uv_strerror(-errno));
	pid_t pid = fork();
	if (pid == 0)
		server_ask(program, fds[1]);
	int code = pid < 0 ? -errno : 0;
	close(fds[1]);
	_cleanup_close_ int answer_fd = fds[0];
	if (code < 0)
		return error_set(error, code, "cannot start %s: %s", program, uv_strerror(code));
	answer_read(answer_fd, answer, sizeof(answer));
	waitpid(pid, NULL, 0);
	code = server_kind_of(answer, ret, error);
	return code < 0 ? error_prefix(error, "%s", program) : 0;
}

static void words_add(struct server_command *command, const char *const *words)
{
	for (; *words; words++)
		command->argv[command->count++] = *words;
	command->argv[command->count] = NULL;
}

/* Both enter the folder by chroot(2), and lose the capability for that. What they do beside: they
 * lock files for each guest alone, keep no extended attributes, and leave their limit of
 * descriptors as it is. They have no other capability to keep, so none may be missed. */
#define NO_CAPABILITIES "-chown:-dac_override:-fowner:-fsetid:-setgid:-setuid:-mknod:-setfcap"

static void c_add(struct server_command *command)
{
	snprintf(command->capabilities, sizeof(command->capabilities), "modcaps=%s",
		NO_CAPABILITIES);
	const char *const words[] = {"-o", command->source, "-o", "sandbox=chroot", "-o",
		"cache=auto", "-o", "announce_submounts", "-o", command->capabilities,
		"--rlimit-nofile=0", NULL};

	words_add(command, words);
}

static void rust_add(
	struct server_command *command, const char *folder, const struct server_ids *ids)
{
	snprintf(command->capabilities, sizeof(command->capabilities), "--modcaps=%s",
		NO_CAPABILITIES);
	const char *const words[] = {"--shared-dir", folder, "--sandbox", "chroot", "--cache",
		"auto", command->capabilities, "--rlimit-nofile", "0", "--translate-uid",
		command->users, "--translate-gid", command->groups, NULL};

	snprintf(command->users, sizeof(command->users), "map:%u:%u:1", ids->guest_user,
		ids->own_user);
	snprintf(command->groups, sizeof(command->groups), "map:%u:%u:1", ids->guest_group,
		ids->own_group);
	words_add(command, words);
}

struct server_ids server_ids_of(enum server_kind kind, uint32_t guest_user, uint32_t guest_group)
{
	bool translates = kind == SERVER_RUST;

	return (struct server_ids){
		guest_user, guest_group, translates ? 0 : guest_user, translates ? 0 : guest_group};
}

void server_command_make(struct server_command *command, enum server_kind kind, const char *program,
	int fd, const char *folder, const struct server_ids *ids)
{
	*command = (struct server_command){0};
	snprintf(command->fd, sizeof(command->fd), "--fd=%d", fd);
	snprintf(command->source, sizeof(command->source), "source=%s", folder);
	const char *const words[] = {program, command->fd, NULL};
	words_add(command, words);
	if (kind == SERVER_C)
		c_add(command);
	else
		rust_add(command, folder, ids);
}
