/*
 * A VM's `access:` looked up in the machine's users and groups. It is done when it is needed, so
 * that users who are made later count; names that do not exist stand for nobody.
 */
#ifndef VMSILO_BROKER_ACCESS_NAMES_H
#define VMSILO_BROKER_ACCESS_NAMES_H

#include "host-broker/access/access.h"
#include "host-broker/config/config.h"

/* The ids are ret's own until access_rules_finish(). UV_ENOMEM. */
int access_rules_make(const struct access_config *config, struct access_rules *ret);
void access_rules_finish(struct access_rules *rules);

#endif
