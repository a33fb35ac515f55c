/* The user's home below root: made if it is not there, his, and with /etc/skel when it is empty. */
#ifndef VMSILO_AGENT_SETUP_HOME_H
#define VMSILO_AGENT_SETUP_HOME_H

#include "guest-agent/setup/user.h"

void home_make(const char *root, const struct setup_user *user, struct problems *problems);

#endif
