/*
 * The VMs' journals on disk: a file for each VM, and the one before it. What a guest wrote is made
 * printable before it is written; a file has at most JOURNAL_FILE_MAX bytes. When one is full its
 * last line says that it goes on elsewhere (JOURNAL_SOURCE_TURNED), so that who follows it opens
 * the next.
 *
 *   STATE/VM/journal, STATE/VM/journal.1
 */
#ifndef VMSILO_BROKER_JOURNAL_H
#define VMSILO_BROKER_JOURNAL_H

#include <stddef.h>

#define JOURNAL_FILE_MAX (1024 * 1024) /* bytes; some ten thousand lines */

struct journal;

/* folder: STATE, made with the first entry. */
int journal_create(const char *folder, struct journal **ret);
void journal_destroy(struct journal *journal);

/* source: a word. A journal that cannot be written is said so in the log, once for each VM. */
void journal_add(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t length);
/* A read-only descriptor, the caller's. age: 0 is the newest file, 1 the one before. UV_ENOENT when
 * there is none. */
int journal_open(struct journal *journal, const char *vm, unsigned int age, int *ret_fd);
/* Closes the VM's file; the journal stays. */
void journal_forget(struct journal *journal, const char *vm);

#endif
