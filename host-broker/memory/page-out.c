#include "host-broker/memory/page-out.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/io/closer.h"

#define LINE_SIZE 512
#define RANGES_MAX 16

/* What the thread has; freed by who leaves last. */
struct job {
	atomic_int holders;
	atomic_bool cancelled;
	pid_t pid;
	int pidfd;
};

/* Of one VM: its slot. */
struct paused_vm {
	struct vm *vm;
	struct job *job; /* NULL: none */
	uv_timer_t timer;
};

struct page_out {
	struct vm_environment *environment;
	struct vm_watcher watcher;
};

/* ---- the thread's ---- */

bool page_out_range(const char *line, uint64_t *ret_from, uint64_t *ret_to)
{
	char rights[5], path[LINE_SIZE];

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %*s %*s %*s %511[^\n]", ret_from, ret_to,
		    rights, path) != 4)
		return false;
	return strcmp(rights, "rw-s") == 0 && strncmp(path, "/memfd:", strlen("/memfd:")) == 0 &&
	       *ret_from < *ret_to;
}

static void job_leave(struct job *job)
{
	if (atomic_fetch_sub(&job->holders, 1) > 1)
		return;
	close(job->pidfd);
	free(job);
}

/* False: it is to end, or must not do this. */
static bool range_give(struct job *job, uint64_t from, uint64_t to)
{
	while (from < to && !atomic_load(&job->cancelled)) {
		uint64_t length = to - from < PAGE_OUT_PIECE ? to - from : PAGE_OUT_PIECE;
		const struct iovec piece = {.iov_base = (void *)(uintptr_t)from, .iov_len = length};
		if (syscall(SYS_process_madvise, job->pidfd, &piece, 1, MADV_PAGEOUT, 0) < 0)
			return false;
		from += length;
	}
	return from >= to;
}

static void *on_thread(void *data)
{
	struct job *job = data;
	char path[64], line[LINE_SIZE];
	uint64_t from, to;
	int ranges = 0;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)job->pid);
	FILE *file = fopen(path, "re");
	while (file && ranges < RANGES_MAX && fgets(line, sizeof(line), file)) {
		if (!page_out_range(line, &from, &to))
			continue;
		if (!range_give(job, from, to))
			break;
		ranges++;
	}
	if (file)
		fclose(file);
	job_leave(job);
	return NULL;
}

/* ---- the loop's ---- */

static struct paused_vm *paused_vm_of(const struct page_out *page_out, const struct vm *vm)
{
	return vm_slot(vm, &page_out->watcher);
}

static bool has_swap(void)
{
	struct sysinfo info;

	return sysinfo(&info) == 0 && info.freeswap > 0;
}

static int thread_start(struct job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int code = pthread_attr_init(&attributes);

	if (code != 0)
		return -code;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	code = pthread_create(&thread, &attributes, on_thread, job);
	pthread_attr_destroy(&attributes);
	return -code;
}

/* What fails costs memory alone. */
static void on_timer(uv_timer_t *timer)
{
	struct paused_vm *paused = timer->data;
	struct vm_status status;

	vm_status(paused->vm, &status);
	int pidfd = has_swap() && status.monitor_pid
			    ? (int)syscall(SYS_pidfd_open, status.monitor_pid, 0)
			    : -1;
	struct job *job = pidfd < 0 ? NULL : calloc(1, sizeof(*job));
	if (!job) {
		if (pidfd >= 0)
			close(pidfd);
		return;
	}
	*job = (struct job){.holders = 2, .pid = status.monitor_pid, .pidfd = pidfd};
	paused->job = job;
	if (thread_start(job) < 0) {
		paused->job = NULL;
		job->holders = 1;
		job_leave(job);
	}
}

static void give_up(struct paused_vm *paused)
{
	uv_timer_stop(&paused->timer);
	if (!paused->job)
		return;
	atomic_store(&paused->job->cancelled, true);
	job_leave(paused->job);
	paused->job = NULL;
}

static void on_begin(void *data, struct vm *vm)
{
	struct page_out *page_out = data;
	struct paused_vm *paused = paused_vm_of(page_out, vm);

	paused->vm = vm;
	uv_timer_init(page_out->environment->loop, &paused->timer);
	paused->timer.data = paused;
	closer_add(vm_closer(vm));
}

static void on_end(void *data, struct vm *vm)
{
	struct paused_vm *paused = paused_vm_of(data, vm);

	give_up(paused);
	closer_close(vm_closer(vm), (uv_handle_t *)&paused->timer);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct paused_vm *paused = paused_vm_of(data, vm);

	(void)from;
	give_up(paused);
	if (vm_state(vm) == VM_STATE_PAUSED)
		uv_timer_start(&paused->timer, on_timer, PAGE_OUT_AFTER_MS, 0);
}

/* It begins to run on. */
static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	if (change == VM_CHANGE_PAUSING)
		give_up(paused_vm_of(data, vm));
}

int page_out_create(struct vm_environment *environment, struct page_out **ret)
{
	struct page_out *page_out = calloc(1, sizeof(*page_out));

	if (!page_out)
		return UV_ENOMEM;
	page_out->environment = environment;
	page_out->watcher = (struct vm_watcher){.slot_size = sizeof(struct paused_vm),
		.on_begin = on_begin,
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.data = page_out};
	*ret = page_out;
	return vm_watchers_add(environment->watchers, &page_out->watcher);
}

void page_out_destroy(struct page_out *page_out)
{
	free(page_out);
}
