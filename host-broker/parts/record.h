/*
 * What a later broker must know to adopt a running VM: RUNTIME/VM/state, JSON, replaced as a whole.
 *
 *   {"version": 1, "boot_id": "...", "monitor": "qemu", "kvm": false, "started_ms": 1700000000000,
 *    "started_boot_ms": 86400000, "cid": 0, "generation": 0, "config": "{...}",
 *    "processes": {"vsock_device": [PID, START], "monitor": [PID, START], KEY: ...}}
 *
 * processes: one of each part, by its key, in their order; PID 0: it is not there. It has this form
 * in every version: a broker that finds a version that it cannot adopt ends them all. One that does
 * not know a key adopts the VM, and ends that process with it. "monitor" and "vsock_device" are
 * always there, for brokers that know no others.
 *
 * The time of day can be set; start times, and started_boot_ms, count from the machine's boot,
 * hence boot_id: a record of an earlier boot is no record.
 */
#ifndef VMSILO_BROKER_PARTS_RECORD_H
#define VMSILO_BROKER_PARTS_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/parts/parts.h"

struct record {
	char monitor[16]; /* name of the back end */
	bool kvm;
	uint64_t started_ms;      /* Unix time */
	uint64_t started_boot_ms; /* boot_now_ms() */
	unsigned int generation;  /* of the image that it runs on; 0: none */
	uint32_t cid;             /* on the kernel's vsock; 0: reached by its vsock device */
	struct part_record parts[PARTS_MAX];
	size_t parts_count;
	char *config; /* what it goes by, for config_parse(); NULL: not known */
};

void record_finish(struct record *record);

/* 0 or a negative UV_E*; nothing is left behind on failure. */
int record_write(const char *path, const struct record *record);
/* Freed with record_finish(). UV_ENOENT when there is none, or it is of an earlier boot; UV_EINVAL
 * when it is not a record; UV_ENOTSUP when it is a later version's, of which parts are set. */
int record_read(const char *path, struct record *ret);
/* Replaces what is written there of the configuration. UV_ENOENT when there is no record. */
int record_set_config(const char *path, const char *config);
/* Its process; pid 0: none. */
struct process_id record_process(const struct record *record, const char *key);
/* SIGKILL to all its processes that still run. */
void record_kill(uv_loop_t *loop, const struct record *record);

#endif
