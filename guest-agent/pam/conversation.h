/* What PAM's modules want to ask or tell a person: nobody is there. */
#ifndef VMSILO_AGENT_PAM_CONVERSATION_H
#define VMSILO_AGENT_PAM_CONVERSATION_H

#include <security/pam_appl.h>

extern const struct pam_conv conversation_none;

#endif
