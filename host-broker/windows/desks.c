#include "host-broker/windows/desks.h"

#include <stdlib.h>

#include "proto/base/cleanup.h"

struct desk_seat {
	struct desk *desk;
	struct desk_asks asks;
};

/* Of one VM: its slot. */
struct desk {
	struct desk_seat *seat; /* NULL: nobody has it */
};

struct desks {
	struct vm_environment *environment;
	struct vm_watcher watcher;
};

static struct desk *desk_of(const struct desks *desks, const struct vm *vm)
{
	return vm_slot(vm, &desks->watcher);
}

static void seat_lose(struct desk *desk, uid_t to)
{
	struct desk_seat *seat = desk->seat;

	desk->seat = NULL;
	if (!seat)
		return;
	const struct desk_asks asks = seat->asks;
	free(seat);
	asks.on_lost(asks.data, to);
}

int desk_take(
	struct desks *desks, struct vm *vm, const struct desk_asks *asks, struct desk_seat **ret)
{
	struct desk *desk = desk_of(desks, vm);

	if (desk->seat && desk->seat->asks.uid != asks->uid && !asks->take)
		return UV_EBUSY;
	struct desk_seat *seat = calloc(1, sizeof(*seat));
	if (!seat)
		return UV_ENOMEM;
	seat_lose(desk, asks->uid);
	*seat = (struct desk_seat){.desk = desk, .asks = *asks};
	desk->seat = *ret = seat;
	return 0;
}

void desk_leave(struct desk_seat *seat)
{
	seat->desk->seat = NULL;
	free(seat);
}

bool desk_user(const struct desks *desks, const struct vm *vm, uid_t *ret)
{
	const struct desk *desk = desk_of(desks, vm);

	if (desk->seat)
		*ret = desk->seat->asks.uid;
	return desk->seat;
}

static void on_gone(void *data, struct vm *vm)
{
	seat_lose(desk_of(data, vm), (uid_t)-1);
}

int desks_create(struct vm_environment *environment, struct desks **ret)
{
	_cleanup_free_ struct desks *desks = calloc(1, sizeof(*desks));

	if (!desks)
		return UV_ENOMEM;
	desks->environment = environment;
	desks->watcher = (struct vm_watcher){.slot_size = sizeof(struct desk),
		.on_end = on_gone,
		.on_removed = on_gone,
		.data = desks};
	int code = vm_watchers_add(environment->watchers, &desks->watcher);
	if (code == 0)
		*ret = steal_pointer(&desks);
	return code;
}

void desks_destroy(struct desks *desks)
{
	free(desks);
}
