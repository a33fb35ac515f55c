/*
 * This machine's memory: its figures when asked, and a word when tasks have begun to wait for
 * memory. The word is the kernel's own trigger (psi.rst), so that nobody polls. Both in the guest
 * and on the host.
 */
#ifndef VMSILO_PROTO_IO_MEMORY_STAT_H
#define VMSILO_PROTO_IO_MEMORY_STAT_H

#include <uv.h>

#include "proto/base/meminfo.h"

struct memory_stat {
	struct meminfo info;
	struct pressure pressure; /* zeros on a kernel without it */
};

/* 0 or a negative UV_E*: /proc is not as expected. */
int memory_stat_read(struct memory_stat *ret);

/* Tasks waited for 200 ms within 2 s. Such a window is what the kernel gives to users without
 * rights as well, from 6.5 on. */
#define PRESSURE_TRIGGER "some 200000 2000000"

struct pressure_trigger;

/* on_pressure at most once in a window. UV_ENOENT: a kernel without pressure figures; UV_EPERM,
 * UV_EACCES, UV_EINVAL: one that does not let us. */
int pressure_trigger_create(uv_loop_t *loop, void (*on_pressure)(void *data), void *data,
	struct pressure_trigger **ret);
void pressure_trigger_destroy(struct pressure_trigger *trigger);

#endif
