/*
 * Images that have generations: an update makes a new one, and VMs that run keep theirs.
 *
 *   IMAGE_DIR/NAME/current -> generations/3         replaced by rename(2)
 *   IMAGE_DIR/NAME/generations/N/{vmlinuz,initrd.img,cmdline,root.erofs,manifest.json}
 *   IMAGE_DIR/NAME/generations/N/kept/VM            a layer of this VM's lies over it
 *
 * A VM that runs has a shared lock on its generation's manifest.json (host-broker/storage/root.h);
 * who removes a generation takes an exclusive one first, and leaves one alone that is kept.
 */
#ifndef VMSILO_BROKER_IMAGE_GENERATION_H
#define VMSILO_BROKER_IMAGE_GENERATION_H

#include <stddef.h>

/* *ret: 0 for an image without generations, or that is not there. UV_EINVAL when `current` is no
 * link to one. */
int generation_current(const char *image_dir, const char *image, unsigned int *ret);
/* Where its files are; generation 0: the image's own folder. UV_ENAMETOOLONG. */
int generation_folder(
	const char *image_dir, const char *image, unsigned int generation, char *ret, size_t size);
/* Says in the folder of a generation that the VM's layer lies over it, or does no longer. */
int generation_keep(const char *folder, const char *vm);
void generation_let_go(const char *folder, const char *vm);

#endif
