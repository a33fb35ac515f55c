/* Names of DNS, as people write them and as answers have them. Pure. */
#ifndef VMSILO_BROKER_ADDRESS_NAME_H
#define VMSILO_BROKER_ADDRESS_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NET_NAME_MAX 253 /* bytes: RFC 1035, 2.3.4 */
#define NET_LABEL_MAX 63

/* "example.org", or "*.example.org": all below it. In ret in lower case, without a dot at the end.
 * False also for an address, or what is not quite one. */
bool net_name_parse(const char *text, char ret[NET_NAME_MAX + 1]);
/* pattern: by net_name_parse(); name: in lower case. */
bool net_name_matches(const char *pattern, const char *name);

#endif
