#include "host-broker/share-sandbox/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

/* The second to drop both. */
#define KEPT (UINT64_C(1) << CAP_SYS_CHROOT | UINT64_C(1) << CAP_SETPCAP)

static int limit_set(__rlimit_resource_t resource, rlim_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return -1;
	if (value < limit.rlim_max)
		limit.rlim_max = value;
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(resource, &limit);
}

/* Ambient: who is not root in the namespace loses all others by exec, and root is nothing special.
 */
static int capabilities_keep(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (int i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++)
		if (!(kept >> i & 1) && prctl(PR_CAPBSET_DROP, i) < 0)
			return -1;
	if (prctl(PR_SET_SECUREBITS, SECBIT_NOROOT | SECBIT_NOROOT_LOCKED) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].permitted = data[i].effective = data[i].inheritable =
			(uint32_t)(kept >> (32 * i));
	if (syscall(SYS_capset, &header, data) < 0)
		return -1;
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		if ((kept >> i & 1) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) < 0)
			return -1;
	return 0;
}

static int limits_set(void)
{
	if (limit_set(RLIMIT_NOFILE, RIGHTS_FILES_MAX) < 0 || limit_set(RLIMIT_MEMLOCK, 0) < 0)
		return -errno;
#ifndef __SANITIZE_ADDRESS__
	/* The sanitizers' own memory is private, too. */
	if (limit_set(RLIMIT_DATA, RIGHTS_DATA_MAX) < 0)
		return -errno;
#endif
	return 0;
}

int rights_drop(struct error *error)
{
	int code = limits_set();

	if (code < 0)
		return error_set(error, code, "cannot set limits: %s", uv_strerror(code));
	if (capabilities_keep(KEPT) < 0)
		code = -errno;
	return code < 0 ? error_set(error, code, "cannot drop rights: %s", uv_strerror(code)) : 0;
}
