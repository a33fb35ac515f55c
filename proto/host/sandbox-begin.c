#include "proto/host/io-uring.h"
#include "proto/host/sandbox.h"

int sandbox_begin(const struct sandbox_options *options, struct error *error)
{
	return sandbox_judge(options, io_uring_deny(error), error);
}
