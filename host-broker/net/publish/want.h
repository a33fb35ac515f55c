/* What is to be published of one VM. Plain data: one packet between vmsilo-net's halves. */
#ifndef VMSILO_BROKER_NET_PUBLISH_WANT_H
#define VMSILO_BROKER_NET_PUBLISH_WANT_H

#include "host-broker/address/publish.h"
#include "proto/limits.h"

struct publish_want {
	size_t place; /* the VM's, below NET_VMS_MAX */
	char vm[VM_NAME_MAX + 1];
	struct in_addr guest;
	struct net_publish ports[NET_PUBLISH_MAX];
	size_t count; /* 0: nothing (any more) */
};

#endif
