#include "host-broker/access.h"

bool access_allowed(uid_t broker, uid_t peer)
{
	return peer == broker || peer == 0;
}
