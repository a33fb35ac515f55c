/* What a VM's root is over, and why it stands still, for those who show it; and the end of a layer
 * that was kept. */
#ifndef VMSILO_BROKER_STORAGE_STATUS_H
#define VMSILO_BROKER_STORAGE_STATUS_H

#include "host-broker/vm/vm.h"

struct root_status {
	bool there;          /* its root is on a disk; else the rest says nothing */
	bool on_disk;        /* the layer; else in the guest's memory */
	bool kept;           /* the layer, else it ends with the VM */
	unsigned int runs;   /* the generation of the image that it runs on; 0: none */
	unsigned int starts; /* that a start takes; 0: the image has none */
	bool held;           /* at that one, by a layer that was kept; there is a newer one */
};

void storage_root_status(
	const struct vm_environment *environment, const struct vm *vm, struct root_status *ret);
/* Where the files of that generation of its image lie. UV_ENAMETOOLONG. */
int storage_image_folder(const struct vm_environment *environment, const struct vm *vm,
	unsigned int generation, char *ret, size_t size);
/* "": it does not. */
const char *storage_stall_text(enum vm_stall stall);
/* Removes the VM's kept layers, of whatever generation. UV_EBUSY while it runs; a sentence.
 * *ret_count: how many there were. */
int storage_root_reset(const struct vm_environment *environment, const struct vm *vm,
	unsigned int *ret_count, struct error *error);

#endif
