/*
 * Whether there is memory for another VM: its minimum must fit, with every other VM at its own. A
 * VM that does not give, or is paused, counts with what it holds. Pure.
 */
#ifndef VMSILO_BROKER_MEMORY_ADMISSION_H
#define VMSILO_BROKER_MEMORY_ADMISSION_H

#include <stddef.h>
#include <stdint.h>

#include "host-broker/memory/balloon-policy.h"
#include "proto/base/error.h"

struct admission_holder {
	const char *name;
	int64_t floor;    /* bytes that it cannot be asked to give: its minimum, or what it holds */
	int64_t resident; /* of the host's memory that it takes now */
};

/* 0, or UV_ENOMEM and a sentence that says who holds what. The host's figures are as the policy's.
 */
int admission_check(const char *name, int64_t min, const struct balloon_host *host,
	const struct admission_holder *holders, size_t count, struct error *error);

#endif
