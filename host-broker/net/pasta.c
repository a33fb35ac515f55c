#include "host-broker/net/pasta.h"

#include <stdio.h>
#include <unistd.h>

#include "host-broker/net/rules/rules.h"

#define ARGUMENTS_MAX 40
#define TEXT(number) TEXT_(number)
#define TEXT_(number) #number

/* Every forwarding off: by default the guest would reach the host's own loopback. The addresses
 * are ours, whatever the host's are: it may lose or change them. */
void pasta_run(void *data)
{
	const struct pasta *pasta = data;
	char pid[16], user[32];
	const char *argv[ARGUMENTS_MAX] = {pasta->program, "--foreground", "--quiet",
		"--config-net", "-t", "none", "-u", "none", "-T", "none", "-U", "none",
		"--ns-ifname", NET_OUT, "-a", NET_OUT_OWN4, "-n", TEXT(NET_OUT_LENGTH4), "-g",
		NET_OUT_HOST4, "-a", NET_OUT_OWN6, "-g", NET_OUT_HOST6};
	size_t count = 0;

	while (argv[count])
		count++;
	snprintf(pid, sizeof(pid), "%d", (int)pasta->anchor);
	snprintf(user, sizeof(user), "%u:%u", geteuid(), getegid());
	if (!pasta->host_ports)
		argv[count++] = "--no-map-gw";
	/* By itself it would become a user who may not enter the namespaces. */
	if (geteuid() == 0) {
		argv[count++] = "--runas";
		argv[count++] = user;
	}
	argv[count] = pid;
	execvp(argv[0], (char *const *)argv);
	fprintf(stderr, "vmsilo-net: cannot run %s: %m\n", argv[0]);
}
