/*
 * A part that is one process, of a broker that may die: it is recorded before it runs, and found
 * again. It is ready as soon as it runs; or when it has said so; or, where it makes something and
 * is done, when it has exited with status 0 (its kind has .passes, then). A kind has
 * HELPER_FUNCTIONS, and a part's data is its struct helper.
 */
#ifndef VMSILO_BROKER_PARTS_HELPER_H
#define VMSILO_BROKER_PARTS_HELPER_H

#include "host-broker/parts/parts.h"

struct helper {
	uv_loop_t *loop;
	/* Calls helper_run(), and answers as prepare() does; one that makes something need not,
	 * when there is nothing to make. */
	int (*start)(struct helper *helper, struct error *error);
	/* Of one that makes something: it has exited with 0, and what follows from that is done
	 * here, before the part is ready. NULL: nothing. */
	int (*made)(struct helper *helper, struct error *error);
	void *data; /* start's and made's */
	/* What it says on its stderr when it is ready; NULL: it is so at once. One that an earlier
	 * broker started is ready in any case. */
	const char *ready_words;
	/* Its own: */
	struct part *part;
	struct process *process; /* NULL: it does not run */
	struct process_id id;    /* of the last that ran */
	int status;              /* of its end, as process_exit_cb has it */
	char last_words[PROCESS_TAIL_SIZE + 1];
};

/* Starts its process; on_born is the helper's. 0 or negative. */
int helper_run(struct helper *helper, const struct child_options *options, struct error *error);

int helper_prepare(struct part *part, struct error *error);
/* Asks it by SIGTERM; by force is SIGKILL. */
int helper_release(struct part *part);
void helper_force(struct part *part);
void helper_forget(struct part *part);
struct process_id helper_record(const struct part *part);
int helper_adopt(struct part *part, const struct part_record *record, struct error *error);
bool helper_lives(const struct part *part);

#define HELPER_FUNCTIONS \
	.prepare = helper_prepare, .release = helper_release, .force = helper_force, \
	.forget = helper_forget, .record = helper_record, .adopt = helper_adopt, \
	.lives = helper_lives

/* For parts_adopt(): a process of a broker that knew more than this one. It is left alone while the
 * others are there, and ends with them. */
extern const struct part_kind helper_stray;

#endif
