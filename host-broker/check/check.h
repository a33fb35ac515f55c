/* A whole configuration: its file's own rules (config/), and what stands between its VMs, and
 * between them and the host. Whoever goes by one reads it here. */
#ifndef VMSILO_BROKER_CHECK_CHECK_H
#define VMSILO_BROKER_CHECK_CHECK_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

/* As config_load(). That an image is not built is no error here: it may be by the time of the
 * start. */
int check_load(const char *path, config_object_cb object, const struct paths *paths,
	struct config **ret, struct error *error);

#endif
