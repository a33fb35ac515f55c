/* What is wrong with the shares of a configuration, as far as it can be known before a start. */
#ifndef VMSILO_BROKER_SHARES_CHECK_H
#define VMSILO_BROKER_SHARES_CHECK_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

/* Shares of what is protected, and mounts in one another. 0, or UV_EINVAL and a sentence with file
 * and line. That a folder is not there is no error: it may be by the time of the start. */
int shares_check(const struct config *config, const struct paths *paths, const char *config_path,
	struct error *error);

#endif
