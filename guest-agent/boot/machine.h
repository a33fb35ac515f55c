/* What a first process does for the machine, in the small image and in an initramfs. What fails is
 * said on the console, and the rest is done. */
#ifndef VMSILO_AGENT_BOOT_MACHINE_H
#define VMSILO_AGENT_BOOT_MACHINE_H

/* stdin, stdout and stderr: a first process may start without, and later descriptors must not take
 * their numbers. */
void console_open(void);
/* Those of /etc/vmsilo/modules, one path a line, in that order. */
void modules_load(void);
/* Likewise of /etc/vmsilo/modules-init, if there is one: what the system's own init would look for
 * in all that there are. */
void modules_load_init(void);
/* Likewise of /etc/vmsilo/modules-netvm, if there is one: else the kernel finds them itself. */
void modules_load_netvm(void);
/* The kernel looks twice a second whether memory is in pieces, as long as it may mend that before
 * anybody asks for a large one: a machine at rest does not need it. */
void rest_allow(void);
/* vmsilo.name= on the kernel's command line. */
void host_name_apply(void);
/* The first process': ends all others, unmounts what lasts, and powers the machine off; does not
 * return. */
_Noreturn void machine_power_off(void);

#endif
