#include "guest-agent/pam/conversation.h"

static int on_conversation(
	int count, const struct pam_message **messages, struct pam_response **ret, void *data)
{
	(void)count;
	(void)messages;
	(void)ret;
	(void)data;
	return PAM_CONV_ERR;
}

const struct pam_conv conversation_none = {.conv = on_conversation};
