/*
 * The memory of VMs that have been paused for a while goes to the host's swap, where there is some
 * (zram counts) and the broker may do that (process_madvise(2): CAP_SYS_NICE, as root's has). What
 * the guest touches once it runs on comes back page by page.
 *
 *   paused --PAGE_OUT_AFTER_MS--> a thread of its own gives page after page, until it is done, or
 *                                 the VM is to run on: then within one piece
 */
#ifndef VMSILO_BROKER_MEMORY_PAGE_OUT_H
#define VMSILO_BROKER_MEMORY_PAGE_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/vm/launch.h"

#define PAGE_OUT_AFTER_MS 60000 /* one that is paused for less answers at once */
#define PAGE_OUT_PIECE (UINT64_C(4) << 20)

struct page_out;

/* Watches the VMs of the environment, which is borrowed for life. Destroyed after they have ended.
 */
int page_out_create(struct vm_environment *environment, struct page_out **ret);
void page_out_destroy(struct page_out *page_out);

/* A line of /proc/PID/maps (proc(5)): whether it is memory that a monitor shares with other
 * processes, as a guest's is, and where. Pure. */
bool page_out_range(const char *line, uint64_t *ret_from, uint64_t *ret_to);

#endif
