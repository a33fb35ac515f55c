#include "guest-agent/session/end.h"

enum session_step session_end_step(const struct session_ends *ends)
{
	if (!ends->exited)
		return SESSION_GOES_ON;
	if (ends->client_gone)
		return ends->group_gone ? SESSION_FREE : SESSION_GOES_ON;
	if (ends->stdout_ended && ends->stderr_ended)
		return SESSION_SEND_STATUS;
	return ends->terminal ? SESSION_DRAIN_TERMINAL : SESSION_GOES_ON;
}
