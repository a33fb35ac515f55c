/* The sandbox of a share's server: which server a program is and what it is told, and what a
 * process can do to the folder from inside, each tried by a process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/share-sandbox/calls.h"
#include "host-broker/share-sandbox/mounts.h"
#include "host-broker/share-sandbox/rights.h"
#include "host-broker/share-sandbox/server.h"
#include "proto/host/userns.h"
#include "tests/lib/test.h"

#define GUEST_UID 1000
#define GUEST_GID 1001
#define EXIT_FORBIDDEN 77

/* ---- which server it is ---- */

static void test_kinds(void **state)
{
	enum server_kind kind;
	struct error error = {0};

	(void)state;
	assert_int_equal(server_kind_of("virtiofsd version 7.2.22 (Debian 1:7.2+dfsg-7)\n"
					"Copyright (c) 2003-2022 Fabrice Bellard and the QEMU "
					"Project developers\n",
				 &kind, &error),
		0);
	assert_int_equal(kind, SERVER_C);
	assert_int_equal(server_kind_of("virtiofsd 1.13.2\n", &kind, &error), 0);
	assert_int_equal(kind, SERVER_RUST);
	assert_int_equal(server_kind_of("", &kind, &error), UV_ENOTSUP);
	assert_int_equal(
		server_kind_of("true (GNU coreutils) 9.1\nmore", &kind, &error), UV_ENOTSUP);
	assert_string_equal(error.text, "the program is no virtiofsd: asked for its version it "
					"answers \"true (GNU coreutils) 9.1\"");
	assert_int_equal(server_kind_find("/bin/true", &kind, &error), UV_ENOTSUP);
	assert_int_equal(server_kind_find("/nowhere/virtiofsd", &kind, &error), UV_ENOTSUP);
}

static void expect_command(enum server_kind kind, const char *const *expected)
{
	struct server_command command;
	size_t i = 0;

	const struct server_ids ids = server_ids_of(kind, 1000, 1001);
	server_command_make(&command, kind, "/usr/virtiofsd", 3, "/share", &ids);
	for (; expected[i]; i++) {
		assert_non_null(command.argv[i]);
		assert_string_equal(command.argv[i], expected[i]);
	}
	assert_null(command.argv[i]);
	assert_int_equal(command.count, i);
}

static void test_commands(void **state)
{
	static const char *const of_c[] = {"/usr/virtiofsd", "--fd=3", "-o", "source=/share", "-o",
		"sandbox=chroot", "-o", "cache=auto", "-o", "announce_submounts", "-o",
		"modcaps=-chown:-dac_override:-fowner:-fsetid:-setgid:-setuid:-mknod:-setfcap",
		"--rlimit-nofile=0", NULL};
	static const char *const of_rust[] = {"/usr/virtiofsd", "--fd=3", "--shared-dir", "/share",
		"--sandbox", "chroot", "--cache", "auto",
		"--modcaps=-chown:-dac_override:-fowner:-fsetid:-setgid:-setuid:-mknod:-setfcap",
		"--rlimit-nofile", "0", "--translate-uid", "map:1000:0:1", "--translate-gid",
		"map:1001:0:1", NULL};

	(void)state;
	expect_command(SERVER_C, of_c);
	expect_command(SERVER_RUST, of_rust);
}

/* ---- from inside ---- */

struct folder {
	char outer[64];  /* of a test's own */
	char folder[80]; /* the one that is shared, in it */
};

static void file_make(const char *folder, const char *name, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void folder_make(struct folder *folder)
{
	char path[256];

	snprintf(folder->outer, sizeof(folder->outer), "/tmp/vmsilo-share-XXXXXX");
	assert_non_null(mkdtemp(folder->outer));
	snprintf(folder->folder, sizeof(folder->folder), "%s/pictures", folder->outer);
	assert_int_equal(mkdir(folder->folder, 0755), 0);
	file_make(folder->outer, "secret", "secret");
	file_make(folder->folder, "one", "a picture");
	snprintf(path, sizeof(path), "%s/out", folder->folder);
	assert_int_equal(symlink("../secret", path), 0);
	snprintf(path, sizeof(path), "%s/sub", folder->folder);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/to-sub", folder->folder);
	assert_int_equal(symlink("sub", path), 0);
}

static void folder_remove(const struct folder *folder)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", folder->outer);
	assert_int_equal(system(command), 0);
}

/* Returns 0 when it found what it expected, else the line. */
typedef int (*attempt)(const struct folder *folder);

#define EXPECT(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s: %s (errno %d)\n", __func__, #condition, errno); \
			return 1; \
		} \
	} while (0)

static int inside_run(const struct folder *folder, bool read_only, attempt try)
{
	struct error error = {0};
	int fd = open(folder->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return 2;
	if (userns_enter(CLONE_NEWNS | CLONE_NEWNET, GUEST_UID, GUEST_GID, &error) < 0)
		return EXIT_FORBIDDEN;
	if (mounts_enter(fd, read_only, "/usr/bin/env", &error) < 0 || rights_drop(&error) < 0 ||
		calls_filter(&error) < 0) {
		fprintf(stderr, "%s\n", error.text);
		return 2;
	}
	close(fd);
	umask(0);
	return try(folder);
}

static void inside(bool read_only, attempt try)
{
	struct folder folder;
	int status;

	folder_make(&folder);
	pid_t pid = fork();
	if (pid == 0)
		_exit(inside_run(&folder, read_only, try));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	folder_remove(&folder);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == EXIT_FORBIDDEN)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int sees(const struct folder *folder)
{
	struct stat status;

	EXPECT(access("/share/one", R_OK) == 0);
	EXPECT(access(folder->outer, F_OK) < 0 && errno == ENOENT);
	EXPECT(access("/etc/passwd", F_OK) < 0 && errno == ENOENT);
	EXPECT(access("/proc/1", F_OK) < 0 && errno == ENOENT);
	EXPECT(access("/proc/self/fd", X_OK) == 0);
	EXPECT(open("/share/../../etc/passwd", O_RDONLY) < 0 && errno == ENOENT);
	EXPECT(open("/share/out", O_RDONLY) < 0 && errno == ELOOP);
	EXPECT(open("/share/to-sub/.", O_RDONLY) < 0 && errno == ELOOP);
	EXPECT(stat("/share/one", &status) == 0);
	EXPECT(status.st_uid == GUEST_UID && status.st_gid == GUEST_GID);
	EXPECT(mkdir("/new", 0755) < 0 && errno == EROFS);
	EXPECT(mkdir("/usr/new", 0755) < 0 && errno == EROFS);
	return 0;
}

static void test_sees(void **state)
{
	(void)state;
	inside(false, sees);
}

static int changes(const struct folder *folder)
{
	struct stat status;

	(void)folder;
	int fd = open("/share/new", O_WRONLY | O_CREAT | O_EXCL, 0664);
	EXPECT(fd >= 0 && fstat(fd, &status) == 0);
	EXPECT((status.st_mode & 07777) == 0664 && status.st_uid == GUEST_UID);
	EXPECT(fchmod(fd, 01700) == 0);
	EXPECT(mkdir("/share/folder", 0755) == 0 && rename("/share/new", "/share/folder/x") == 0);
	EXPECT(symlink("/etc/passwd", "/share/link") == 0);
	EXPECT(link("/share/one", "/share/two") == 0);
	EXPECT(mknod("/share/regular", S_IFREG | 0644, 0) == 0);
	EXPECT(chown("/share/one", GUEST_UID, GUEST_GID) == 0);
	EXPECT(chown("/share/one", 0, 0) < 0);
	return 0;
}

static void test_changes(void **state)
{
	(void)state;
	inside(false, changes);
}

/* What would act on the host, or wait there. */
static int refused(const struct folder *folder)
{
	struct stat status;

	(void)folder;
	EXPECT(chmod("/share/one", 04755) < 0 && errno == EPERM);
	EXPECT(chmod("/share/one", 02755) < 0 && errno == EPERM);
	EXPECT(chmod("/share/one", 06755) < 0 && errno == EPERM);
	EXPECT(fchmodat(AT_FDCWD, "/share/one", 04755, 0) < 0 && errno == EPERM);
	int fd = open("/share/one", O_RDONLY);
	EXPECT(fchmod(fd, 04755) < 0 && errno == EPERM);
	EXPECT(open("/share/setuid", O_WRONLY | O_CREAT, 04755) < 0 && errno == EPERM);
	EXPECT(creat("/share/setuid", 02755) < 0 && errno == EPERM);
	EXPECT(syscall(SYS_openat2, AT_FDCWD, "/share/one", NULL, 0) < 0 && errno == ENOSYS);
	EXPECT(mknod("/share/setuid", S_IFREG | 04755, 0) < 0 && errno == EPERM);
	EXPECT(stat("/share/setuid", &status) < 0 && errno == ENOENT);
	EXPECT(mknod("/share/fifo", S_IFIFO | 0644, 0) < 0 && errno == EPERM);
	EXPECT(mknod("/share/socket", S_IFSOCK | 0644, 0) < 0 && errno == EPERM);
	EXPECT(mknod("/share/null", S_IFCHR | 0666, makedev(1, 3)) < 0 && errno == EPERM);
	EXPECT(mknod("/share/whiteout", S_IFCHR | 0666, 0) < 0 && errno == EPERM);
	EXPECT(mknod("/share/disk", S_IFBLK | 0666, makedev(8, 0)) < 0 && errno == EPERM);
	EXPECT(socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM);
	EXPECT(unshare(CLONE_NEWUSER) < 0 && errno == EPERM);
	EXPECT(mount("none", "/share", "tmpfs", 0, "") < 0 && errno == EPERM);
	return 0;
}

static void test_refused(void **state)
{
	(void)state;
	inside(false, refused);
}

static int only_read(const struct folder *folder)
{
	(void)folder;
	EXPECT(open("/share/one", O_RDONLY) >= 0);
	EXPECT(open("/share/one", O_WRONLY) < 0 && errno == EROFS);
	EXPECT(mkdir("/share/new", 0755) < 0 && errno == EROFS);
	EXPECT(unlink("/share/one") < 0 && errno == EROFS);
	EXPECT(chmod("/share/one", 0600) < 0 && errno == EROFS);
	EXPECT(symlink("x", "/share/link") < 0 && errno == EROFS);
	return 0;
}

static void test_only_read(void **state)
{
	(void)state;
	inside(true, only_read);
}

/* The server is told that it became the guest's user, and has not. */
static int stays(const struct folder *folder)
{
	struct rlimit limit;

	(void)folder;
	EXPECT(syscall(SYS_setresuid, -1, 0, -1) == 0 && geteuid() == GUEST_UID);
	EXPECT(syscall(SYS_setresgid, -1, 5, -1) == 0 && getegid() == GUEST_GID);
	EXPECT(syscall(SYS_setgroups, 0, NULL) == 0);
	EXPECT(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max <= RIGHTS_FILES_MAX);
#ifndef __SANITIZE_ADDRESS__
	EXPECT(getrlimit(RLIMIT_DATA, &limit) == 0 && limit.rlim_max == RIGHTS_DATA_MAX);
#endif
	return 0;
}

static void test_stays(void **state)
{
	(void)state;
	inside(false, stays);
}

static int chroots(const struct folder *folder)
{
	(void)folder;
	EXPECT(unshare(CLONE_FS) == 0);
	EXPECT(chroot("/share") == 0 && access("/one", R_OK) == 0);
	EXPECT(chown("/one", 0, 0) < 0);
	return 0;
}

static void test_chroots(void **state)
{
	(void)state;
	inside(false, chroots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_sees),
		cmocka_unit_test(test_changes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_only_read),
		cmocka_unit_test(test_stays),
		cmocka_unit_test(test_chroots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
