/* The numbers from which VMs of the machine's broker get users of their own. Pure. */
#ifndef VMSILO_BROKER_CONFIG_VALUE_UID_RANGE_H
#define VMSILO_BROKER_CONFIG_VALUE_UID_RANGE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Above all that 16 bits hold, where Debian (60000 to 64999) and systemd's dynamic users (61184 to
 * 65519) have theirs; below the first of login.defs' subordinate ids (100000), of directory
 * services (200000) and of systemd's containers (524288).
 */
#define UID_RANGE_STANDARD_FIRST 90000
#define UID_RANGE_STANDARD_LAST 93999

#define UID_RANGE_MIN 1000       /* below are the system's users */
#define UID_RANGE_MAX 2147483647 /* programs that take them for signed do not see them negative */
#define UID_RANGE_SIZE_MAX 8192

struct uid_range {
	uid_t first, last;
};

/* "90000-93999". False for what is none, and for one with a number that is nobody's (65534) or no
 * user's (65535). */
bool uid_range_parse(const char *text, struct uid_range *ret);
bool uid_range_has(const struct uid_range *range, uid_t uid);

#endif
