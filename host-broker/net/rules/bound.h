/*
 * The table "inet vmsilo-bound" of our namespace: how many flows a VM may have at once. The
 * kernel's table of flows is shared by all VMs (and, by a pair of interfaces, with the host): none
 * may fill it. It stands apart, made once, since a rule that is made anew has counted nothing. What
 * is beyond gets a mark, and rules.h refuses that.
 *
 * What goes through a netvm is counted for the VM, and for the netvm once more.
 */
#ifndef VMSILO_BROKER_NET_BOUND_H
#define VMSILO_BROKER_NET_BOUND_H

/* Of one interface of a guest: an eighth of what the kernel has with 1 GiB (nf_conntrack_max), and
 * of a program that opens and ends one after the other, 68 in a second. */
#define BOUND_FLOWS_MAX 8192
#define BOUND_INTERFACES_MAX 256 /* 2 * NET_VMS_MAX */
#define BOUND_MARK "0x766d"

/* The commands that make it. */
const char *bound_table(void);

#endif
