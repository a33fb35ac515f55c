#include "host-broker/config/value/uid-range.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define NOBODY 65534  /* what cannot be mapped is shown as */
#define NO_USER 65535 /* -1 in 16 bits */

static bool number_parse(const char **text, uid_t *ret)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	unsigned long value = strtoul(*text, &end, 10);
	if (errno || value < UID_RANGE_MIN || value > UID_RANGE_MAX)
		return false;
	*text = end;
	*ret = (uid_t)value;
	return true;
}

bool uid_range_parse(const char *text, struct uid_range *ret)
{
	struct uid_range range;

	if (!number_parse(&text, &range.first) || *text++ != '-' ||
		!number_parse(&text, &range.last) || *text)
		return false;
	if (range.last < range.first || range.last - range.first >= UID_RANGE_SIZE_MAX ||
		uid_range_has(&range, NOBODY) || uid_range_has(&range, NO_USER))
		return false;
	*ret = range;
	return true;
}

bool uid_range_has(const struct uid_range *range, uid_t uid)
{
	return uid >= range->first && uid <= range->last;
}
