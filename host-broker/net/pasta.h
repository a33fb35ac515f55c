/* The way out without root: pasta(1), which is in the namespace with one interface, and in the host
 * an ordinary program that opens sockets. */
#ifndef VMSILO_BROKER_NET_PASTA_H
#define VMSILO_BROKER_NET_PASTA_H

#include <stdbool.h>
#include <sys/types.h>

struct pasta {
	const char *program;
	pid_t anchor;    /* in the namespaces */
	bool host_ports; /* the host's loopback is at its address; who gets there is the rules' */
};

/* data: a struct pasta. Becomes it; returns only when it cannot, which it has told. */
void pasta_run(void *data);

#endif
