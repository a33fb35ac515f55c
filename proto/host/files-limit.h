/* How many descriptors this process may have: a daemon wants more than what programs are used to.
 */
#ifndef VMSILO_PROTO_HOST_FILES_LIMIT_H
#define VMSILO_PROTO_HOST_FILES_LIMIT_H

#include <sys/resource.h>

/* Raises the soft limit to wanted, or as far as it goes; root moves the hard limit, too. Returns
 * the limits as they were, which children that run others' programs put back: some of those count
 * descriptors in fixed sets (select(2)). */
struct rlimit files_limit_raise(rlim_t wanted);

#endif
