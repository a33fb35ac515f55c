/* vmsilo-mkfs: makes an ext4 on a new disk of a VM, with mke2fs and what it has no use for taken
 * away: no network, nothing that it could write but the disk. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/mkfs/owner.h"
#include "proto/base/cleanup.h"
#include "proto/base/error.h"
#include "proto/host/program-options.h"
#include "proto/host/userns.h"

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1 }; /* 2: wrong usage */

struct options {
	int disk_fd;
	const char *label;
	uint64_t owner;
	const char *template_folder; /* NULL: none */
	const char *sandbox;
};

static const char help[] =
	"usage: vmsilo-mkfs --disk-fd N --label TEXT [--owner UID] [--template DIR]\n"
	"                   [--sandbox required|best-effort]\n"
	"\n"
	"Makes a file system (ext4) on a new disk of a virtual machine. The broker starts it.\n"
	"\n"
	"  --disk-fd N      the disk: a file that reads as zeros, or a block device\n"
	"  --label TEXT     the file system's label\n"
	"  --owner UID      user and group, in the guest, of all that is on it (default: 0)\n"
	"  --template DIR   what is on it at first\n"
	"  --sandbox HOW    required (default): fail if it cannot be set up; best-effort: warn\n"
	"  --help, --version\n"
	"\n"
	"Exit codes: 0 it is made, 1 failed, 2 wrong usage.\n";

static bool sandbox_set(void *values, const char *text)
{
	((struct options *)values)->sandbox = text;
	return strcmp(text, "required") == 0 || strcmp(text, "best-effort") == 0;
}

static const struct program_option option_table[] = {
	{"disk-fd", PROGRAM_FD, .offset = offsetof(struct options, disk_fd), .required = true},
	{"label", PROGRAM_TEXT, .offset = offsetof(struct options, label), .required = true},
	{"owner", PROGRAM_NUMBER, .offset = offsetof(struct options, owner), .most = UINT32_MAX},
	{"template", PROGRAM_TEXT, .offset = offsetof(struct options, template_folder)},
	{"sandbox", PROGRAM_SET, .set = sandbox_set, .what = "sandbox level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-mkfs", .help = help, .options = option_table};

/* ---- the sandbox ---- */

/* What is mounted can be read. The disk can be written nevertheless: it is on a mount of before. */
static int mounts_lock(struct error *error)
{
	struct mount_attr attributes = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &attributes, sizeof(attributes)) < 0)
		return error_set(
			error, -errno, "cannot make the mounts read-only: %s", strerror(errno));
	return 0;
}

static int capabilities_drop(struct error *error)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (prctl(PR_CAPBSET_DROP, capability) < 0 && errno != EPERM)
			return error_set(
				error, -errno, "cannot drop a capability: %s", strerror(errno));
	return 0;
}

static int sandbox_enter(struct error *error)
{
	int code = userns_enter(
		CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC, geteuid(), getegid(), error);

	if (code == 0)
		code = mounts_lock(error);
	return code == 0 ? capabilities_drop(error) : code;
}

/* ---- programs ---- */

/* Where Debian has them, whatever the user's PATH says. */
static _Noreturn void program_exec(const char *name, char *const *argv)
{
	static const char *const folders[] = {"/usr/sbin", "/sbin", "/usr/bin"};
	char path[64];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", folders[i], name);
		execv(path, argv);
	}
	fprintf(stderr, "vmsilo-mkfs: cannot run %s: %s%s\n", name, strerror(errno),
		errno == ENOENT ? "; install the package e2fsprogs" : "");
	_exit(127);
}

/* stdin: -1 for none. */
static bool program_run(const char *name, char *const *argv, int stdin_fd)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (stdin_fd >= 0)
			dup2(stdin_fd, STDIN_FILENO);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		program_exec(name, argv);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the file system ---- */

static bool filesystem_make(const struct options *options, const char *disk)
{
	char features[128];
	char *argv[16];
	size_t count = 0;

	/* The disk reads as zeros: nothing needs to be cleared, now or by the guest later. */
	snprintf(features, sizeof(features),
		"root_owner=%u:%u,assume_storage_prezeroed=1,nodiscard",
		(unsigned int)options->owner, (unsigned int)options->owner);
	argv[count++] = "mke2fs";
	argv[count++] = "-qF";
	argv[count++] = "-text4";
	argv[count++] = "-m0";
	argv[count++] = "-L";
	argv[count++] = (char *)options->label;
	argv[count++] = "-E";
	argv[count++] = features;
	if (options->template_folder) {
		argv[count++] = "-d";
		argv[count++] = (char *)options->template_folder;
	}
	argv[count++] = (char *)disk;
	argv[count] = NULL;
	return program_run("mke2fs", argv, -1);
}

static bool owner_set(const struct options *options, const char *disk)
{
	char *const argv[] = {"debugfs", "-w", "-f", "-", (char *)disk, NULL};
	int64_t count = owner_count(options->template_folder);
	_cleanup_close_ int fd = memfd_create("commands", MFD_CLOEXEC);
	FILE *out = fd < 0 || count < 0 ? NULL : fdopen(dup(fd), "w");

	if (!out) {
		fprintf(stderr, "vmsilo-mkfs: %s: %s\n", options->template_folder,
			strerror(count < 0 ? (int)-count : errno));
		return false;
	}
	owner_script(out, count, (uint32_t)options->owner);
	bool written = fclose(out) == 0 && lseek(fd, 0, SEEK_SET) == 0;
	return written && program_run("debugfs", argv, fd);
}

static bool make(const struct options *options)
{
	char disk[32];

	snprintf(disk, sizeof(disk), "/proc/self/fd/%d", options->disk_fd);
	/* Its name there is what the programs open, so they must have it. */
	fcntl(options->disk_fd, F_SETFD, 0);
	return filesystem_make(options, disk) &&
	       (!options->template_folder || owner_set(options, disk)) &&
	       fsync(options->disk_fd) == 0;
}

int main(int argc, char **argv)
{
	struct options options = {.sandbox = "required"};
	struct error error = {0};
	int code = program_options_parse(&description, argc, argv, &options);

	if (code >= 0)
		return code;
	code = sandbox_enter(&error);
	bool required = strcmp(options.sandbox, "required") == 0;
	if (code < 0)
		fprintf(stderr, "vmsilo-mkfs: %s%s\n", error.text,
			required ? "; to run the VM without it, set 'sandbox: best-effort'" : "");
	if (code < 0 && required)
		return EXIT_FAILED;
	return make(&options) ? EXIT_DONE : EXIT_FAILED;
}
