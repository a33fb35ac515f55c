/*
 * A guest's devices in QEMU, each at a place that does not depend on which others there are: guests
 * name NICs after it (systemd.net-naming-scheme: enp0s8 is slot 8), and find disks by it.
 *
 *   q35: slots of pcie.0                     microvm: virtio-mmio-bus.N, no PCI
 *   00     host bridge
 *   01     virtio-rng                        3
 *   02     virtio-balloon                    1
 *   03     virtio-vsock                      2
 *   04     the shared region (ivshmem)       none
 *   05-07  unused                            0, for ever
 *   08-0f  NICs, one a slot                  4-9
 *   10-11  disks, one a function: 10.0 ...   10-17
 *   12-13  shares, one a function            18-23
 *   14-1b  the host's PCI devices            none
 *   1c-1e  unused
 *   1f     chipset
 *
 * A place is for life: a new kind of device takes unused ones. A microvm's 0 is wired to the first
 * pin of an I/O APIC, and QEMU raises the third one for it, as it is with the ISA bus's timer
 * (ioapic_set_irq() in hw/intc/ioapic.c): that is 2's, and interrupts of both are lost.
 */
#ifndef VMSILO_BROKER_MONITOR_QEMU_DEVICES_H
#define VMSILO_BROKER_MONITOR_QEMU_DEVICES_H

#include "host-broker/monitor/launch.h"

/* Adds all of launch's devices. UV_EINVAL and a sentence when there are more of a kind than the
 * machine has places for. */
int qemu_devices_add(
	const struct monitor_launch *launch, struct command *command, struct error *error);

#endif
