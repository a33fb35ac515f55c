/* What the system call filter of our sandboxes lets through: each call is tried by a process of its
 * own, which is killed where the call could reach outside of what the process holds. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/host/sandbox.h"
#include "tests/lib/test.h"

#define PAGE 4096
#define SOCKET_TYPE (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

/* ---- a process in a sandbox ---- */

struct inside {
	int pair[2]; /* connected, as a stream is */
	int memory;  /* as a guest's is */
	pid_t victim;
};

typedef void (*attempt)(const struct inside *inside);

static int allow(void *filter)
{
	return sandbox_allow_socket(filter, AF_UNIX, SOCKET_TYPE);
}

static void quiet(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	(void)text;
}

static _Noreturn void child_run(attempt attempt_made)
{
	/* Where there are no namespaces for us, the filter is there all the same. */
	const struct sandbox_options options = {.name = "v",
		.program = "the test",
		.files_max = 64,
		.data_max = 1 << 28,
		.allow = allow};
	struct inside inside = {.victim = getppid()};
	struct error error = {0};
	bool rooted;

	log_set_sink(quiet);
	inside.memory = memfd_create("guest", MFD_ALLOW_SEALING);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, inside.pair) < 0 || inside.memory < 0 ||
		ftruncate(inside.memory, PAGE) < 0 || sandbox_enter(&options, &rooted, &error) < 0)
		_exit(99);
	attempt_made(&inside);
	_exit(0);
}

/* The status as of waitpid(2). */
static int attempt_status(attempt attempt_made)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		child_run(attempt_made);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* ---- what must not work ---- */

#define ATTEMPT(name, call) \
	static void name(const struct inside *inside) \
	{ \
		(void)inside; \
		(void)!(call); \
	}

static const struct sockaddr_un somebody = {.sun_family = AF_UNIX, .sun_path = "/s"};
static const int one = 1;
static const struct f_owner_ex owner = {.type = F_OWNER_PID, .pid = 1};

/* Signals by way of a descriptor. */
ATTEMPT(fcntl_owner, fcntl(inside->pair[0], F_SETOWN, inside->victim))
ATTEMPT(fcntl_owner_ex, fcntl(inside->pair[0], F_SETOWN_EX, &owner))
ATTEMPT(fcntl_signal, fcntl(inside->pair[0], F_SETSIG, SIGKILL))
ATTEMPT(fcntl_async, fcntl(inside->pair[0], F_SETFL, O_ASYNC | O_NONBLOCK))
ATTEMPT(fcntl_lease, fcntl(inside->memory, F_SETLEASE, F_WRLCK))
ATTEMPT(fcntl_notify, fcntl(inside->memory, F_NOTIFY, DN_MODIFY))
ATTEMPT(ioctl_owner, ioctl(inside->pair[0], FIOSETOWN, &inside->victim))
ATTEMPT(ioctl_group, ioctl(inside->pair[0], SIOCSPGRP, &inside->victim))
ATTEMPT(ioctl_async, ioctl(inside->pair[0], FIOASYNC, &one))
/* And without. */
ATTEMPT(signal_kill, kill(inside->victim, 0))
ATTEMPT(signal_thread, syscall(SYS_tgkill, inside->victim, inside->victim, 0))
ATTEMPT(signal_one, syscall(SYS_tkill, inside->victim, 0))
ATTEMPT(signal_queue, syscall(SYS_rt_sigqueueinfo, inside->victim, 0, NULL))
ATTEMPT(signal_pidfd, syscall(SYS_pidfd_send_signal, 0, 0, NULL, 0))
ATTEMPT(open_pidfd, syscall(SYS_pidfd_open, inside->victim, 0))
/* Other processes. */
ATTEMPT(trace, ptrace(PTRACE_SEIZE, inside->victim, NULL, NULL))
ATTEMPT(memory_write, process_vm_writev(inside->victim, NULL, 0, NULL, 0, 0))
ATTEMPT(limits, syscall(SYS_prlimit64, inside->victim, 0, NULL, NULL))
ATTEMPT(process_new, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))
ATTEMPT(process_new_3, syscall(SYS_clone3, NULL, 0))
ATTEMPT(program_run, execl("/bin/true", "true", NULL))
/* Rights. */
ATTEMPT(rights_process, prctl(PR_SET_DUMPABLE, 1))
ATTEMPT(rights_user, syscall(SYS_setuid, 0))
ATTEMPT(rights_namespace, unshare(CLONE_NEWUSER))
ATTEMPT(rights_join, setns(0, 0))
/* Sockets and files that are not held. */
ATTEMPT(socket_internet, socket(AF_INET, SOCKET_TYPE, 0))
ATTEMPT(socket_netlink, socket(AF_NETLINK, SOCK_RAW, 0))
ATTEMPT(socket_vsock, socket(40, SOCKET_TYPE, 0))
ATTEMPT(socket_datagram, socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
ATTEMPT(socket_plain, socket(AF_UNIX, SOCK_STREAM, 0))
ATTEMPT(socket_pair, socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}))
ATTEMPT(socket_bind, bind(inside->pair[0], (const struct sockaddr *)&somebody, sizeof(somebody)))
ATTEMPT(socket_listen_on, listen(inside->pair[0], 1))
ATTEMPT(socket_connect_to,
	connect(inside->pair[0], (const struct sockaddr *)&somebody, sizeof(somebody)))
ATTEMPT(socket_send_to,
	sendto(inside->pair[0], "x", 1, 0, (const struct sockaddr *)&somebody, sizeof(somebody)))
ATTEMPT(socket_set, setsockopt(inside->pair[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)))
ATTEMPT(file_open, syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY))
ATTEMPT(file_look, syscall(SYS_newfstatat, AT_FDCWD, "/", (struct stat[1]){0}, 0))
ATTEMPT(file_remove, unlink("/s"))
ATTEMPT(file_seal, fcntl(inside->memory, F_ADD_SEALS, F_SEAL_SHRINK))
ATTEMPT(file_lock, fcntl(inside->memory, F_SETLK, (struct flock[1]){{.l_type = F_WRLCK}}))
ATTEMPT(file_pipe, fcntl(inside->pair[0], F_SETPIPE_SZ, 1 << 20))
ATTEMPT(terminal_type, ioctl(0, TIOCSTI, "x"))
ATTEMPT(ring, syscall(SYS_io_uring_setup, 1, NULL))
/* Code that is brought along. */
ATTEMPT(code_map, mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
ATTEMPT(code_file, mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, inside->memory, 0))

static void code_protect(const struct inside *inside)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)inside;
	mprotect(page, PAGE, PROT_READ | PROT_EXEC);
}

static void test_what_reaches_outside_kills(void **state)
{
	static const struct {
		const char *name;
		attempt attempt;
	} cases[] = {
#define CASE(name) {#name, name}
		CASE(fcntl_owner),
		CASE(fcntl_owner_ex),
		CASE(fcntl_signal),
		CASE(fcntl_async),
		CASE(fcntl_lease),
		CASE(fcntl_notify),
		CASE(ioctl_owner),
		CASE(ioctl_group),
		CASE(ioctl_async),
		CASE(signal_kill),
		CASE(signal_thread),
		CASE(signal_one),
		CASE(signal_queue),
		CASE(signal_pidfd),
		CASE(open_pidfd),
		CASE(trace),
		CASE(memory_write),
		CASE(limits),
		CASE(process_new),
		CASE(process_new_3),
		CASE(program_run),
		CASE(rights_process),
		CASE(rights_user),
		CASE(rights_namespace),
		CASE(rights_join),
		CASE(socket_internet),
		CASE(socket_netlink),
		CASE(socket_vsock),
		CASE(socket_datagram),
		CASE(socket_plain),
		CASE(socket_pair),
		CASE(socket_bind),
		CASE(socket_listen_on),
		CASE(socket_connect_to),
		CASE(socket_send_to),
		CASE(socket_set),
		CASE(file_open),
		CASE(file_look),
		CASE(file_remove),
		CASE(file_seal),
		CASE(file_lock),
		CASE(file_pipe),
		CASE(terminal_type),
		CASE(ring),
		CASE(code_map),
		CASE(code_file),
		CASE(code_protect),
	};
	int missed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int status = attempt_status(cases[i].attempt);
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
			continue;
		print_error("%s: status %#x\n", cases[i].name, (unsigned int)status);
		missed++;
	}
	assert_int_equal(missed, 0);
}

/* ---- what must ---- */

static void need(bool good)
{
	if (!good)
		_exit(1);
}

static void use(const struct inside *inside)
{
	struct stat status;
	char byte;
	int on = 1;

	need(fcntl(inside->pair[0], F_GETFL) >= 0);
	need(fcntl(inside->pair[0], F_SETFL, O_NONBLOCK) == 0);
	need(ioctl(inside->pair[1], FIONBIO, &on) == 0);
	need(send(inside->pair[0], "x", 1, MSG_NOSIGNAL) == 1);
	need(recv(inside->pair[1], &byte, 1, 0) == 1 && byte == 'x');
	need(fstat(inside->memory, &status) == 0 && status.st_size == PAGE);
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, inside->memory, 0);
	need(page != MAP_FAILED && munmap(page, PAGE) == 0);
	need(socket(AF_UNIX, SOCKET_TYPE, 0) >= 0);
	void *block = malloc(1 << 20);
	need(block != NULL);
	free(block);
}

static void test_what_is_needed_works(void **state)
{
	(void)state;
	assert_int_equal(attempt_status(use), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_reaches_outside_kills),
		cmocka_unit_test(test_what_is_needed_works),
	};

#ifdef __SANITIZE_ADDRESS__
	(void)tests;
	puts("no filter where the sanitizers need more calls than the programs");
	return 77;
#else
	return cmocka_run_group_tests(tests, NULL, NULL);
#endif
}
