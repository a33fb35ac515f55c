#include "host-broker/share-sandbox/calls.h"

#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/stat.h>
#include <uv.h>

/* Of a call with a mode: in which argument, counted from 0. */
static const struct {
	int call;
	unsigned int argument;
} modes[] = {
	{SCMP_SYS(chmod), 1},
	{SCMP_SYS(fchmod), 1},
	{SCMP_SYS(fchmodat), 2},
	{SCMP_SYS(creat), 1},
	{SCMP_SYS(open), 2},
	{SCMP_SYS(openat), 3},
	{SCMP_SYS(mkdir), 1},
	{SCMP_SYS(mkdirat), 2},
	{SCMP_SYS(mknod), 1},
	{SCMP_SYS(mknodat), 2},
};

static const struct {
	int call;
	unsigned int argument;
} nodes[] = {{SCMP_SYS(mknod), 1}, {SCMP_SYS(mknodat), 2}};

static const mode_t node_types[] = {S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK};

static const int without_effect[] = {
	SCMP_SYS(setgroups),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
};

static const int impossible[] = {
	SCMP_SYS(setns),
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(open_tree),
	SCMP_SYS(move_mount),
	SCMP_SYS(mount_setattr),
	SCMP_SYS(fsopen),
	SCMP_SYS(fsconfig),
	SCMP_SYS(fsmount),
	SCMP_SYS(ptrace),
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(setxattr),
	SCMP_SYS(fsetxattr),
	SCMP_SYS(lsetxattr),
	SCMP_SYS(socket),
	SCMP_SYS(connect),
};

#define FCHMODAT2 452 /* on all architectures; libseccomp of Debian 12 does not know it */

/* Their arguments lie in memory, where no filter sees them, or they are new: who calls them has
 * another way. */
static const int unknown[] = {
	FCHMODAT2,
	SCMP_SYS(openat2),
	SCMP_SYS(clone3),
	SCMP_SYS(io_uring_setup),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int list_add(scmp_filter_ctx filter, uint32_t action, const int *calls, size_t count)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < count; i++)
		code = seccomp_rule_add(filter, action, calls[i], 0);
	return code;
}

static int mode_add(scmp_filter_ctx filter, int call, unsigned int argument, mode_t mask, mode_t is)
{
	const struct scmp_arg_cmp condition = {argument, SCMP_CMP_MASKED_EQ, mask, is};

	return seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(EPERM), call, 1, &condition);
}

/* Each bit has a rule, since a mask is compared as a whole. */
static int modes_add(scmp_filter_ctx filter)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < COUNT(modes); i++) {
		code = mode_add(filter, modes[i].call, modes[i].argument, S_ISUID, S_ISUID);
		if (code == 0)
			code = mode_add(filter, modes[i].call, modes[i].argument, S_ISGID, S_ISGID);
	}
	for (size_t i = 0; code == 0 && i < COUNT(nodes) * COUNT(node_types); i++)
		code = mode_add(filter, nodes[i / COUNT(node_types)].call,
			nodes[i / COUNT(node_types)].argument, S_IFMT,
			node_types[i % COUNT(node_types)]);
	return code;
}

/* QEMU's gives each thread a folder of its own. */
static int unshare_add(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp condition = {0, SCMP_CMP_NE, CLONE_FS, 0};

	return seccomp_rule_add_array(
		filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(unshare), 1, &condition);
}

int calls_filter(struct error *error)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int code = filter ? modes_add(filter) : -ENOMEM;

	if (code == 0)
		code = list_add(filter, SCMP_ACT_ERRNO(0), without_effect, COUNT(without_effect));
	if (code == 0)
		code = list_add(filter, SCMP_ACT_ERRNO(EPERM), impossible, COUNT(impossible));
	if (code == 0)
		code = unshare_add(filter);
	if (code == 0)
		code = list_add(filter, SCMP_ACT_ERRNO(ENOSYS), unknown, COUNT(unknown));
	if (code == 0)
		code = seccomp_load(filter);
	if (filter)
		seccomp_release(filter);
	return code < 0
		       ? error_set(error, code, "cannot filter system calls: %s", uv_strerror(code))
		       : 0;
}
