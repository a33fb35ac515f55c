/*
 * The VMs' journals on disk: a file for each VM, and the one before it. What a guest wrote is made
 * printable before it is written; a file has at most JOURNAL_FILE_MAX bytes. When one is full its
 * last line says that it goes on elsewhere (JOURNAL_SOURCE_TURNED), so that a follower opens the
 * next.
 *
 * A guest writes as much as its VM's allowance lets, and the rest is left out, which the journal
 * says once when it begins and once, with how many, when it is over. And a guest cannot push the
 * host's own lines out: when a file is full and the one before it goes, the newest of its own
 * lines, JOURNAL_KEPT_MAX bytes, come before those of the file that takes its place.
 *
 *   STATE/VM/journal, STATE/VM/journal.1
 */
#ifndef VMSILO_BROKER_JOURNAL_JOURNAL_H
#define VMSILO_BROKER_JOURNAL_JOURNAL_H

#include <stddef.h>
#include <uv.h>

#define JOURNAL_FILE_MAX (1024 * 1024) /* bytes; some ten thousand lines */
#define JOURNAL_KEPT_MAX (256 * 1024)  /* bytes; some three thousand states and notes */

/* What one guest may write: a boot that tells everything, and twice what our agent sends. */
#define JOURNAL_GUEST_LINES_RATE 400 /* a second, */
#define JOURNAL_GUEST_LINES_BURST 3000
#define JOURNAL_GUEST_BYTES_RATE (128 * 1024)
#define JOURNAL_GUEST_BYTES_BURST (512 * 1024)

struct journal;

/* folder: STATE, made with the first entry. */
int journal_create(uv_loop_t *loop, const char *folder, struct journal **ret);
/* The memory is freed when the loop has run out. */
void journal_destroy(struct journal *journal);

/* A line of the host's own. source: a word. A journal that cannot be written is said so in the log,
 * once for each VM. */
void journal_add(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t length);
/* A line of the VM's guest, within its allowance. source: JOURNAL_SOURCE_CONSOLE or _PROGRAM. */
void journal_add_guest(struct journal *journal, const char *vm, const char *source,
	const char *untrusted_text, size_t length);
/* A read-only descriptor, the caller's. age: 0 is the newest file, 1 the one before. UV_ENOENT when
 * there is none. */
int journal_open(struct journal *journal, const char *vm, unsigned int age, int *ret_fd);
/* Closes the VM's file; the journal stays. */
void journal_forget(struct journal *journal, const char *vm);

#endif
