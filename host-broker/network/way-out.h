/* What the way out of VMs' networks needs of the host. */
#ifndef VMSILO_BROKER_WAY_OUT_H
#define VMSILO_BROKER_WAY_OUT_H

#include <stdbool.h>

#include "proto/base/error.h"

#define WAY_OUT_PASTA "pasta" /* the program without root, in PATH */

/* 0, or UV_ENOENT and a sentence that says what to install. */
int way_out_check(bool system, struct error *error);

#endif
