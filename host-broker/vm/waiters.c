#include "host-broker/vm/waiters.h"

void waiters_init(struct waiters *waiters)
{
	TAILQ_INIT(&waiters->list);
	waiters->count = 0;
	waiters->rounds = 0;
}

void waiters_add(struct waiters *waiters, struct waiter *waiter)
{
	waiter->round = 0;
	TAILQ_INSERT_TAIL(&waiters->list, waiter, link);
	waiters->count++;
}

void waiters_remove(struct waiters *waiters, struct waiter *waiter)
{
	TAILQ_REMOVE(&waiters->list, waiter, link);
	waiters->count--;
}

static struct waiter *waiter_find(const struct waiters *waiters, enum wait wanted)
{
	struct waiter *waiter;

	TAILQ_FOREACH (waiter, &waiters->list, link)
		if (waiter->wanted == wanted)
			return waiter;
	return NULL;
}

bool waiters_has(const struct waiters *waiters, enum wait wanted)
{
	return waiter_find(waiters, wanted);
}

void waiters_progress(struct waiters *waiters, Vmsilo__Broker__Stage stage)
{
	struct waiter *waiter;

	TAILQ_FOREACH (waiter, &waiters->list, link)
		if (waiter->wanted == WAIT_RUNNING)
			waiter->on_progress(waiter->data, stage);
}

/* All of a round are chosen before any is told, since a callback may add and remove others, and
 * begin a round of its own. Returns the round. */
static uint64_t waiters_choose(
	struct waiters *waiters, bool (*choose)(struct waiter *waiter, void *data), void *data)
{
	uint64_t round = ++waiters->rounds;
	struct waiter *waiter;

	TAILQ_FOREACH (waiter, &waiters->list, link)
		if (choose(waiter, data))
			waiter->round = round;
	return round;
}

/* From the list's head each time; NULL when all of the round are told. */
static struct waiter *waiter_take(struct waiters *waiters, uint64_t round)
{
	struct waiter *waiter;

	TAILQ_FOREACH (waiter, &waiters->list, link)
		if (waiter->round == round) {
			waiters_remove(waiters, waiter);
			return waiter;
		}
	return NULL;
}

static bool wants(struct waiter *waiter, void *data)
{
	return waiter->wanted == *(const enum wait *)data;
}

void waiters_done(struct waiters *waiters, enum wait wanted)
{
	waiters_done_if(waiters, wants, &wanted);
}

void waiters_fail(struct waiters *waiters, enum wait wanted, const struct failure *failure)
{
	waiters_fail_if(waiters, wants, &wanted, failure);
}

void waiters_done_if(
	struct waiters *waiters, bool (*choose)(struct waiter *waiter, void *data), void *data)
{
	uint64_t round = waiters_choose(waiters, choose, data);
	struct waiter *waiter;

	while ((waiter = waiter_take(waiters, round)))
		waiter->on_done(waiter->data);
}

void waiters_fail_if(struct waiters *waiters, bool (*choose)(struct waiter *waiter, void *data),
	void *data, const struct failure *failure)
{
	uint64_t round = waiters_choose(waiters, choose, data);
	struct waiter *waiter;

	while ((waiter = waiter_take(waiters, round)))
		waiter->on_failed(waiter->data, failure);
}

bool waiter_is_follower(struct waiter *waiter, void *data)
{
	(void)data;
	return waiter->wanted == WAIT_RUNNING && waiter->follows;
}

void waiter_count_run(struct waiter *waiter, uint64_t run)
{
	if (waiter->last_run == run)
		return;
	waiter->last_run = run;
	waiter->runs++;
}

uint64_t waiters_due(const struct waiters *waiters)
{
	const struct waiter *waiter;
	uint64_t due_ms = 0;

	TAILQ_FOREACH (waiter, &waiters->list, link)
		if (waiter->due_ms && (!due_ms || waiter->due_ms < due_ms))
			due_ms = waiter->due_ms;
	return due_ms;
}
