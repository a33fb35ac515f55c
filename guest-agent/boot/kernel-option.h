/* What the host says on the kernel's command line: words, most of them NAME=VALUE. */
#ifndef VMSILO_AGENT_BOOT_KERNEL_OPTION_H
#define VMSILO_AGENT_BOOT_KERNEL_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_COMMAND_LINE_SIZE 4096 /* x86's COMMAND_LINE_SIZE is half of it */

/* The value of the last NAME=VALUE in text, as for the kernel's own; false when there is none or
 * it does not fit. Pure. */
bool kernel_option_get(const char *text, const char *name, char *ret, size_t size);
/* /proc/cmdline; "" when it cannot be read. */
void kernel_command_line_read(char ret[KERNEL_COMMAND_LINE_SIZE]);

#endif
