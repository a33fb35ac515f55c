/*
 * What may stand where the user presses Tab, for the shells' completions: read off the commands'
 * tables.
 *
 *   vmsilo --complete PROGRAM WORD...     the last word is the one at the cursor, perhaps empty
 *
 * Prints a candidate a line, with a tab and a description where there is one. A line ":files"
 * stands for the names of files.
 */
#ifndef VMSILO_BROKER_CLI_COMPLETE_H
#define VMSILO_BROKER_CLI_COMPLETE_H

#include <stdio.h>

/* words: PROGRAM and what follows. */
void complete(int count, char **words, FILE *out);

#endif
