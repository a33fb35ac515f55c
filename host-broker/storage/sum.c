#include "host-broker/storage/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define BLOCK (1024 * 1024) /* bytes; aligned, as O_DIRECT wants it */
#define ALIGNMENT 4096

static void sum_print(struct sha256_ctx *context, char ret[SUM_SIZE])
{
	uint8_t digest[SHA256_DIGEST_SIZE];

	sha256_digest(context, sizeof(digest), digest);
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ret + 2 * i, 3, "%02x", digest[i]);
}

/* The size is that of the beginning: past a file's end that is no multiple of a block nothing can
 * be read with O_DIRECT. */
static int file_hash(int fd, off_t size, const atomic_bool *cancelled, struct sha256_ctx *context)
{
	_cleanup_free_ void *block = NULL;

	if (posix_memalign(&block, ALIGNMENT, BLOCK) != 0)
		return UV_ENOMEM;
	for (off_t at = 0; at < size;) {
		if (atomic_load(cancelled))
			return UV_ECANCELED;
		ssize_t count = pread(fd, block, BLOCK, at);
		if (count <= 0)
			return count < 0 ? -errno : UV_EIO;
		sha256_update(context, (size_t)count, block);
		at += count;
	}
	return 0;
}

int sum_of_file(int fd, const atomic_bool *cancelled, char ret[SUM_SIZE])
{
	struct sha256_ctx context;
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	/* Where it cannot be, the file is read as any other. */
	(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT);
	sha256_init(&context);
	int code = file_hash(fd, status.st_size, cancelled, &context);
	if (code == 0)
		sum_print(&context, ret);
	return code;
}
