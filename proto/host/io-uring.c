#include "proto/host/io-uring.h"

#include <errno.h>
#include <seccomp.h>
#include <uv.h>

static const int ring_calls[] = {
	SCMP_SYS(io_uring_setup),
	SCMP_SYS(io_uring_enter),
	SCMP_SYS(io_uring_register),
};

static int filter_fill(scmp_filter_ctx filter)
{
	int code = 0;

	for (size_t i = 0; i < sizeof(ring_calls) / sizeof(ring_calls[0]) && code == 0; i++)
		code = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), ring_calls[i], 0);
	return code;
}

/* The kernel takes a filter of one who cannot have more rights by an exec, or has them all. The
 * second is tried first, since it takes nothing from our children. */
static int filter_load(scmp_filter_ctx filter)
{
	int code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0);

	if (code < 0 || seccomp_load(filter) == 0)
		return code;
	code = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 1);
	return code < 0 ? code : seccomp_load(filter);
}

int io_uring_deny(struct error *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int code = filter ? filter_fill(filter) : -ENOMEM;

	if (code == 0)
		code = filter_load(filter);
	seccomp_release(filter);
	return code < 0 ? error_set(error, UV_ENOTSUP,
				  "cannot switch io_uring off: the kernel refuses our system call "
				  "filter (seccomp)")
			: 0;
}
