#include "host-broker/waiters.h"

void waiters_init(struct waiters *waiters)
{
	TAILQ_INIT(&waiters->list);
	waiters->count = 0;
}

void waiters_add(struct waiters *waiters, struct waiter *waiter)
{
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

	TAILQ_FOREACH(waiter, &waiters->list, link)
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

	TAILQ_FOREACH(waiter, &waiters->list, link)
	if (waiter->wanted == WAIT_RUNNING)
		waiter->on_progress(waiter->data, stage);
}

/* Each round begins at the list's head, since a callback may have changed it. */
static struct waiter *waiter_take(struct waiters *waiters, enum wait wanted)
{
	struct waiter *waiter = waiter_find(waiters, wanted);

	if (waiter)
		waiters_remove(waiters, waiter);
	return waiter;
}

void waiters_done(struct waiters *waiters, enum wait wanted)
{
	struct waiter *waiter;

	while ((waiter = waiter_take(waiters, wanted)))
		waiter->on_done(waiter->data);
}

void waiters_fail(struct waiters *waiters, enum wait wanted, const struct failure *failure)
{
	struct waiter *waiter;

	while ((waiter = waiter_take(waiters, wanted)))
		waiter->on_failed(waiter->data, failure);
}
