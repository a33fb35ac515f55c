/* Frees what an initramfs takes of the memory. */
#ifndef VMSILO_AGENT_EARLY_EMPTY_H
#define VMSILO_AGENT_EARLY_EMPTY_H

/* Removes what is in the folder, down to where other file systems are mounted. What cannot be
 * removed stays. */
void folder_empty(const char *path);

#endif
