#include "host-broker/network/netvm-plan.h"

/* Where the way of a VM leads next, if what is there can carry anything. */
static size_t next_of(const struct netvm_view *views, size_t at)
{
	size_t next = views[at].netvm;

	return next != NETVM_NONE && views[next].rests && !views[next].may_start ? NETVM_NONE
										 : next;
}

/* Whether it has to be started, and none behind it has. */
static bool is_due(const struct netvm_view *view)
{
	return view->rests && !view->planned;
}

/* The farthest of a way that is due; NETVM_NONE. */
static size_t farthest(const struct netvm_view *views, size_t count, size_t from)
{
	size_t found = NETVM_NONE, at = next_of(views, from);

	for (size_t steps = 0; at != NETVM_NONE && steps < count; steps++) {
		if (is_due(&views[at]))
			found = at;
		at = next_of(views, at);
	}
	return found;
}

size_t netvm_plan(struct netvm_view *views, size_t count, size_t *ret)
{
	size_t planned = 0, at;

	for (size_t i = 0; i < count; i++)
		views[i].planned = false;
	for (size_t i = 0; i < count; i++) {
		while (views[i].uses && (at = farthest(views, count, i)) != NETVM_NONE) {
			views[at].planned = true;
			ret[planned++] = at;
		}
	}
	return planned;
}
