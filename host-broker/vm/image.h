/* The kernel, the initramfs and the command line that a VM boots with. */
#ifndef VMSILO_BROKER_VM_IMAGE_H
#define VMSILO_BROKER_VM_IMAGE_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"

#define IMAGE_CMDLINE_MAX 2048 /* bytes; x86's COMMAND_LINE_SIZE */

struct image {
	char kernel[4096];
	char initrd[4096];
	char cmdline[IMAGE_CMDLINE_MAX];
};

/*
 * Files of image_dir/IMAGE: vmlinuz, initrd.img, cmdline; what the VM's own kernel, initrd and
 * cmdline keys say goes before or is added. UV_ENOENT and a sentence that says which command makes
 * what is missing. The guest learns its name from vmsilo.name= on the command line.
 */
int image_find(
	const struct vm_config *vm, const char *image_dir, struct image *ret, struct error *error);

#endif
