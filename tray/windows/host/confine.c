#include "tray/windows/host/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>

#include "proto/host/sandbox.h"

#define FILES_MAX 128 /* clipboards' pipes are the most of them */
/* Fonts' tables, the keymap, messages, two clipboards; pixels are in memory of another kind. */
#define DATA_MAX (384u * 1024 * 1024)

/* Memory for pixels and its descriptors, which libwayland duplicates to send them, and pipes for
 * the clipboard. */
static int calls_allow(void *filter)
{
	int code = sandbox_allow(filter, SCMP_SYS(memfd_create));

	if (code == 0)
		code = sandbox_allow(filter, SCMP_SYS(ftruncate));
	if (code == 0)
		code = sandbox_allow(filter, SCMP_SYS(pipe2));
	if (code == 0)
		code = sandbox_allow_equal(filter, SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC);
	return code;
}

static struct sandbox_options options_of(const char *vm, bool required)
{
	return (struct sandbox_options){
		.name = vm,
		.program = "the windows' view",
		.required = required,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.allow = calls_allow,
	};
}

int confine_begin(const char *vm, bool required, struct error *error)
{
	const struct sandbox_options options = options_of(vm, required);

	return sandbox_begin(&options, error);
}

int confine_enter(const char *vm, bool required, struct error *error)
{
	const struct sandbox_options options = options_of(vm, required);
	bool rooted;

	return sandbox_enter(&options, &rooted, error);
}
