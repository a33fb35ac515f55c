/*
 * What a hostile sender of a copy says, to the receiver with a real folder. Whatever that is,
 * nothing is made or changed beside that folder, and nothing half-made stays in it.
 *
 * Covers: proto/copy/receive.c proto/copy/record.c proto/copy/rules.c proto/copy/destination.c
 * Covers: proto/copy/pipe.c
 * Leaves out: the sending end
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/copy/receive.h"
#include "proto/copy/remove.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory, where syncing costs nothing; else in /tmp. */
static char work[] = "/dev/shm/fuzz-copy-XXXXXX";
static const char *folder; /* which of them */
static int work_fd = -1;

static void tear_down(void)
{
	copy_remove(AT_FDCWD, folder);
}

static void set_up(void)
{
	static char elsewhere[] = "/tmp/fuzz-copy-XXXXXX";

	if (mkdtemp(work))
		folder = work;
	else
		folder = mkdtemp(elsewhere);
	if (!folder || (work_fd = open(folder, O_RDONLY | O_DIRECTORY)) < 0)
		abort();
	atexit(tear_down);
}

/* Counts the entries; aborts when one is called as what is not finished is. */
static int entries(const char *name)
{
	DIR *dir = fdopendir(openat(work_fd, name, O_RDONLY | O_DIRECTORY));
	const struct dirent *entry;
	int count = 0;

	if (!dir)
		abort();
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, ".vm-copy-", 9) == 0)
			abort();
		count++;
	}
	closedir(dir);
	return count - 2; /* "." and ".." */
}

/* The first byte says how it is received. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"one", "two"};
	struct copy_destination destination;
	struct copy_counts counts;
	struct error error;
	char path[64];

	if (work_fd < 0)
		set_up();
	if (size < 1)
		return 0;
	int in_fd = memfd_create("in", 0), out_fd = open("/dev/null", O_WRONLY);
	if (write(in_fd, data + 1, size - 1) < 0 || lseek(in_fd, 0, SEEK_SET) < 0 ||
		mkdirat(work_fd, "in", 0700) < 0 || mkdirat(work_fd, "in/folder", 0700) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/in/%s", folder, data[0] & 8 ? "name" : "");
	copy_destination_init(&destination, (enum copy_existing)(data[0] % 3));
	const struct copy_receive_options options = {.in_fd = in_fd,
		.out_fd = out_fd,
		.destination = &destination,
		.path = path,
		.names = data[0] & 4 ? names : NULL,
		.names_count = data[0] & 16 ? 1 : 2,
		.limits = data[0] & 32 ? (struct copy_limits){.bytes = 65536, .entries = 8}
				       : (struct copy_limits){.bytes = 1 << 20, .entries = 64},
		.tell_counts = true,
		.peer = "the sender"};
	int code = copy_receive(&options, &counts, &error);
	copy_destination_finish(&destination);
	/* All or nothing, and only there. */
	if ((code < 0 && entries("in") != 1) || entries("in/folder") != 0 || entries(".") != 1)
		abort();
	close(in_fd);
	close(out_fd);
	if (copy_remove(work_fd, "in") < 0)
		abort();
	return 0;
}
