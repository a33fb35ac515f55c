#include "guest-agent/init.h"

#include <sys/reboot.h>

#include "guest-agent/boot/machine.h"
#include "guest-agent/boot/mounts.h"

void init_system(void)
{
	mounts_make_kernel();
	mounts_make_memory("");
	console_open();
	modules_load();
	rest_allow();
	host_name_apply();
	/* Ctrl-Alt-Del is a SIGINT to us then, an orderly end, instead of a reset. */
	reboot(RB_DISABLE_CAD);
}
