/* What a VM boots with: the files of its image, of one generation of it, and its command line. */
#ifndef VMSILO_BROKER_IMAGE_IMAGE_H
#define VMSILO_BROKER_IMAGE_IMAGE_H

#include <stdbool.h>

#include "host-broker/config/config.h"
#include "host-broker/image/generation.h"
#include "proto/base/error.h"

#define IMAGE_CMDLINE_MAX 2048 /* bytes; x86's COMMAND_LINE_SIZE */
#define IMAGE_ROOT "root.erofs"
#define IMAGE_MANIFEST "manifest.json"
#define IMAGE_HOME "home.img" /* in the folder of what a VM keeps */

struct image {
	char kernel[4096];
	char initrd[4096];
	char cmdline[IMAGE_CMDLINE_MAX];
	char folder[4096];       /* of the files; "": the VM has no image */
	unsigned int generation; /* 0: the image has none */
	bool has_root;           /* IMAGE_ROOT is there: the guest's root is a disk */
};

/*
 * Files of image_dir/IMAGE, or of one of its generations; what the VM's own kernel, initrd and
 * cmdline keys say goes before or is added. kept: the generation that a kept layer belongs to; 0:
 * none, and the current one is taken. UV_ENOENT and a sentence that says which command makes what
 * is missing. The guest learns its name from vmsilo.name= on the command line.
 */
int image_find(const struct vm_config *vm, const char *image_dir, unsigned int kept,
	struct image *ret, struct error *error);

#endif
