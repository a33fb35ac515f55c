/*
 * What a configuration asks of what is there already, and cannot have: a home smaller than it is,
 * a root's layer for an image that has its root in memory. Found where the configuration is read,
 * so that no VM is stopped for it; a start says the same.
 */
#ifndef VMSILO_BROKER_IMAGE_CHECK_H
#define VMSILO_BROKER_IMAGE_CHECK_H

#include <stdint.h>

#include "host-broker/config/config.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

/* How large a disk is to be, which has had `has` bytes so far: 0, or UV_EINVAL and a sentence when
 * that is smaller. Pure. */
int disk_size_check(uint64_t has, uint64_t wanted, struct error *error);
/* Of one VM; the sentence names it, and the line of the configuration. What cannot be looked at is
 * nothing to object to. */
int image_check(const struct vm_config *vm, const struct broker_config *broker,
	const struct paths *paths, struct error *error);
/* Of all; the first. */
int image_check_all(const struct config *config, const struct paths *paths, struct error *error);
/* Where images are. */
const char *image_dir(const struct broker_config *broker, const struct paths *paths);

#endif
