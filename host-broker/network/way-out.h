/* What the way out of VMs' networks needs of the host, and what of it is in the way. */
#ifndef VMSILO_BROKER_WAY_OUT_H
#define VMSILO_BROKER_WAY_OUT_H

#include <stdbool.h>

#include "host-broker/network/attach.h"
#include "proto/base/error.h"

#define WAY_OUT_PASTA "pasta" /* the program without root, in PATH */

/* 0, or UV_ENOENT and a sentence that says what to install. */
int way_out_check(bool system, struct error *error);

#define WAY_OUT_OVERLAP_SIZE 256

/* Whether a network that the host is in has addresses of VMs' ranges, which VMs then cannot reach
 * there: a sentence with both. Reads the host's addresses as they are now. */
bool way_out_overlaps(const struct net_ranges *ranges, char ret[WAY_OUT_OVERLAP_SIZE]);

#endif
