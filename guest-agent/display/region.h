/*
 * The region of memory that the host shares with the guest for the windows' pixels: an ivshmem
 * device (QEMU's docs/specs/ivshmem-spec.rst), whose memory is its third resource. Without
 * interrupts it needs no driver.
 */
#ifndef VMSILO_AGENT_DISPLAY_REGION_H
#define VMSILO_AGENT_DISPLAY_REGION_H

#define REGION_PCI_DEVICES "/sys/bus/pci/devices"

/* The memory's file, to be mapped with write combining where the kernel offers that: a descriptor,
 * the caller's, or -1 when there is no such device. devices: REGION_PCI_DEVICES. */
int region_open_at(const char *devices);
int region_open(void);

#endif
