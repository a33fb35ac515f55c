/* The file systems that a running Linux has beside its root. */
#ifndef VMSILO_AGENT_BOOT_MOUNTS_H
#define VMSILO_AGENT_BOOT_MOUNTS_H

/* /proc, /sys and /dev. What is mounted already stays; what fails is said. */
void mounts_make_kernel(void);
/* What is in memory alone, under root ("" for /): /dev/pts, /dev/shm, /run and /tmp. */
void mounts_make_memory(const char *root);
/* Before the machine ends: the file systems on disks are unmounted, the last one first; one that is
 * in use is made read-only, by which it is whole on its disk as well. */
void mounts_end(void);

#endif
