/* The user's home below root: made if it is not there, his, and with /etc/skel when it is empty.
 * When it was another ordinary user's, what that one has in it becomes his, too: his number is
 * another than before. */
#ifndef VMSILO_AGENT_SETUP_HOME_H
#define VMSILO_AGENT_SETUP_HOME_H

#include "guest-agent/setup/user.h"

void home_make(const char *root, const struct setup_user *user, struct problems *problems);

#endif
