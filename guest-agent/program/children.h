/* What ended sessions left running: these programs are children of the agent, as a subreaper. */
#ifndef VMSILO_AGENT_PROGRAM_CHILDREN_H
#define VMSILO_AGENT_PROGRAM_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Orphans of the programs that the agent starts become its own children. As the first process it
 * gets everybody's without asking. */
int children_adopt(void);
/* The agent's children that have not ended, whoever started them, but for root's keepers. */
uint32_t children_count(void);
/* From the text of /proc/PID/stat (proc(5)): its parent, and whether it has ended. Pure. */
bool children_parse(const char *text, pid_t *ret_parent, bool *ret_ended);

/* Whether the text is that of a process called PAM_HELPER_KEEPER. Pure. */
bool children_is_keeper(const char *text);

#endif
