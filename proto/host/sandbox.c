#include "proto/host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/host/userns.h"

#define EMPTY_ROOT "/tmp" /* where the empty root is mounted, in our own namespace alone */

static int failed(struct error *error, const char *what)
{
	int code = -errno;

	return error_set(error, code, "%s: %s", what, uv_strerror(code));
}

/* ---- namespaces ---- */

/* A socket on a read-only mount can be connected to. */
static int root_mount(const char *directory, struct error *error)
{
	const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

	if (!directory) {
		if (mount("none", EMPTY_ROOT, "tmpfs", flags, "size=4k,mode=0500") < 0)
			return failed(error, "cannot mount an empty root");
		return 0;
	}
	if (mount(directory, directory, NULL, MS_BIND, NULL) < 0 ||
		mount(NULL, directory, NULL, MS_BIND | MS_REMOUNT | flags, NULL) < 0)
		return failed(error, "cannot mount the directory of its sockets");
	return 0;
}

static int change_root(const char *directory, struct error *error)
{
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return failed(error, "cannot make the mounts private");
	int code = root_mount(directory, error);
	if (code < 0)
		return code;
	if (chdir(directory ? directory : EMPTY_ROOT) < 0 ||
		syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 ||
		chdir("/") < 0)
		return failed(error, "cannot change the root");
	return 0;
}

/* We stay who we are, since what we hold belongs to us; no other identity exists inside. */
static int namespaces_make(const struct sandbox_options *options, struct error *error)
{
	const int network = options->stays_network ? 0 : CLONE_NEWNET;
	const int flags = CLONE_NEWNS | CLONE_NEWIPC | network;

	if (options->stays_user)
		return unshare(flags) < 0 ? failed(error, "cannot create namespaces") : 0;
	int code = userns_enter(flags, geteuid(), getegid(), error);
	if (code == 0)
		return 0;
	const struct error why = *error;
	return error_set(
		error, code, "%s; to run the VM without it, set 'sandbox: best-effort'", why.text);
}

static int namespaces_enter(
	const struct sandbox_options *options, bool *rooted, struct error *error)
{
	int code = namespaces_make(options, error);

	if (code < 0)
		return code;
	if (options->on_entered)
		code = options->on_entered(options->data, error);
	if (code == 0)
		code = change_root(options->directory, error);
	*rooted = code == 0;
	return code;
}

/* ---- rights ---- */

static int capabilities_drop(uint64_t kept, struct error *error)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};

	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (!(capability < 64 && (kept >> capability & 1)) &&
			prctl(PR_CAPBSET_DROP, capability) < 0 && errno != EPERM)
			return failed(error, "cannot drop a capability");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		syscall(SYS_capset, &header, data) < 0)
		return failed(error, "cannot drop the capabilities");
	return 0;
}

static int limits_set(const struct sandbox_options *options, struct error *error)
{
	const struct {
		__rlimit_resource_t resource;
		rlim_t value;
	} limits[] = {
		{RLIMIT_CORE, 0}, /* the guest's memory is no matter for a core file */
		{RLIMIT_NOFILE, options->files_max},
		{RLIMIT_MEMLOCK, 0},
#ifndef __SANITIZE_ADDRESS__
		{RLIMIT_DATA, options->data_max},
#endif
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;
		if (getrlimit(limits[i].resource, &limit) < 0)
			return failed(error, "getrlimit");
		/* Never more than we were given. */
		limit.rlim_cur =
			limits[i].value < limit.rlim_max ? limits[i].value : limit.rlim_max;
		limit.rlim_max = limit.rlim_cur;
		if (setrlimit(limits[i].resource, &limit) < 0)
			return failed(error, "setrlimit");
	}
	return 0;
}

static int privileges_drop(const struct sandbox_options *options, struct error *error)
{
	int code = capabilities_drop(options->capabilities, error);

	if (code == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		code = failed(error, "cannot set no_new_privs");
	/* Another process of the same user, a guest's monitor that was taken over say, may not
	 * attach to us. */
	if (code == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		code = failed(error, "cannot forbid tracing");
	return code < 0 ? code : limits_set(options, error);
}

/* ---- system calls ---- */

/* What libuv, the C library's allocator and reading and writing need, for every program here. */
static const int allowed_calls[] = {
	SCMP_SYS(read),
	SCMP_SYS(readv),
	SCMP_SYS(write),
	SCMP_SYS(writev),
	SCMP_SYS(recvfrom),
	SCMP_SYS(recvmsg),
	SCMP_SYS(sendmsg),
	SCMP_SYS(shutdown),
	SCMP_SYS(close),
	SCMP_SYS(poll),
	SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_wait),
	SCMP_SYS(epoll_pwait),
	SCMP_SYS(fstat),
	SCMP_SYS(munmap),
	SCMP_SYS(madvise),
	SCMP_SYS(brk),
	SCMP_SYS(futex),
	SCMP_SYS(getrandom),
	SCMP_SYS(gettid),
	SCMP_SYS(getpid),
	SCMP_SYS(clock_gettime),
	SCMP_SYS(gettimeofday),
	SCMP_SYS(rt_sigaction),
	SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),
	SCMP_SYS(restart_syscall),
	SCMP_SYS(exit),
	SCMP_SYS(exit_group),
};

int sandbox_allow(void *filter, int call)
{
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0);
}

int sandbox_allow_all(void *filter, const int *calls, size_t count)
{
	int code = 0;

	for (size_t i = 0; i < count && code == 0; i++)
		code = sandbox_allow(filter, calls[i]);
	return code;
}

int sandbox_allow_equal(void *filter, int call, unsigned int argument, uint64_t value)
{
	const struct scmp_arg_cmp condition = {argument, SCMP_CMP_EQ, value, 0};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &condition);
}

int sandbox_allow_socket(void *filter, int family, int type)
{
	const struct scmp_arg_cmp conditions[] = {
		{0, SCMP_CMP_EQ, (scmp_datum_t)family, 0},
		{1, SCMP_CMP_EQ, (scmp_datum_t)type, 0},
	};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 2, conditions);
}

int sandbox_allow_network(void *filter)
{
	static const int calls[] = {
		SCMP_SYS(socket),
		SCMP_SYS(connect),
		SCMP_SYS(accept4),
		SCMP_SYS(sendmmsg),
		SCMP_SYS(recvmmsg),
		SCMP_SYS(setsockopt),
		SCMP_SYS(getsockopt),
		SCMP_SYS(getsockname),
		SCMP_SYS(getpeername),
	};

	return sandbox_allow_all(filter, calls, sizeof(calls) / sizeof(calls[0]));
}

/* What is harmless with some arguments and reaches outside with others: all conditions of a rule
 * must hold, and one rule. */
static const struct {
	int call;
	unsigned int count;
	struct scmp_arg_cmp conditions[2];
} conditional_calls[] = {
	/* libuv makes descriptors non-blocking. An owner, a signal, a lease or a notification
	 * would let a descriptor signal any process of the user. */
	{SCMP_SYS(ioctl), 1, {{1, SCMP_CMP_EQ, FIONBIO, 0}}},
	{SCMP_SYS(fcntl), 1, {{1, SCMP_CMP_EQ, F_GETFL, 0}}},
	{SCMP_SYS(fcntl), 2, {{1, SCMP_CMP_EQ, F_SETFL, 0}, {2, SCMP_CMP_MASKED_EQ, O_ASYNC, 0}}},
	/* Memory, but none that could be run. */
	{SCMP_SYS(mmap), 1, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
	{SCMP_SYS(mprotect), 1, {{2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0}}},
	/* Of what is open; no file is looked for. */
	{SCMP_SYS(newfstatat), 1, {{3, SCMP_CMP_EQ, AT_EMPTY_PATH, 0}}},
	/* To whom a socket is connected, and nobody else. */
	{SCMP_SYS(sendto), 1, {{4, SCMP_CMP_EQ, 0, 0}}},
};

static int filter_fill(scmp_filter_ctx filter, const struct sandbox_options *options)
{
	int code = sandbox_allow_all(
		filter, allowed_calls, sizeof(allowed_calls) / sizeof(allowed_calls[0]));

	for (size_t i = 0;
		i < sizeof(conditional_calls) / sizeof(conditional_calls[0]) && code == 0; i++)
		code = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, conditional_calls[i].call,
			conditional_calls[i].count, conditional_calls[i].conditions);
	if (code == 0)
		code = sandbox_allow(filter, SCMP_SYS(mremap));
	return code == 0 ? options->allow(filter) : code;
}

static int calls_filter(const struct sandbox_options *options, struct error *error)
{
#ifdef __SANITIZE_ADDRESS__
	/* The sanitizers' own runtime needs more than the program. */
	(void)filter_fill;
	(void)options;
	(void)error;
	return 0;
#else
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int code = filter ? filter_fill(filter, options) : -ENOMEM;

	if (code == 0)
		code = seccomp_load(filter);
	seccomp_release(filter);
	return code < 0 ? error_set(error, code, "cannot enter the system call filter: %s",
				  uv_strerror(code))
			: 0;
#endif
}

/* ---- all of it ---- */

int sandbox_judge(const struct sandbox_options *options, int code, struct error *error)
{
	if (code == 0)
		return 0;
	if (options->required)
		return error_prefix(error, "cannot enter the sandbox");
	log_warning(
		options->name, "%s runs with a weaker sandbox: %s", options->program, error->text);
	return 0;
}

bool sandbox_required_parse(const char *text, bool *ret_required)
{
	*ret_required = strcmp(text, "required") == 0;
	return *ret_required || strcmp(text, "best-effort") == 0;
}

int sandbox_enter(const struct sandbox_options *options, bool *ret_rooted, struct error *error)
{
	*ret_rooted = false;
	int code = options->stays ? 0
				  : sandbox_judge(options,
					    namespaces_enter(options, ret_rooted, error), error);
	if (code == 0)
		code = sandbox_judge(options, privileges_drop(options, error), error);
	if (code == 0)
		code = sandbox_judge(options, calls_filter(options, error), error);
	return code;
}
