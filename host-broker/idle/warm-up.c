#include "host-broker/idle/warm-up.h"

#include <stdlib.h>

#include "host-broker/idle/why.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/vm.h"
#include "proto/io/closer.h"

/* Of one VM: its slot. */
struct place {
	TAILQ_ENTRY(place) link; /* in warm_up.queue */
	bool waits;
	struct vm *vm;
};

struct warm_up {
	struct vm_environment *environment;
	struct why *why;
	struct vm_watcher watcher;
	TAILQ_HEAD(, place) queue;
	struct vm *now; /* whose turn it is; NULL: nobody's */
	struct closer closer;
	uv_timer_t timer; /* to the next one's turn */
};

static struct place *place_of(const struct warm_up *warm_up, const struct vm *vm)
{
	return vm_slot(vm, &warm_up->watcher);
}

static void leave(struct warm_up *warm_up, struct place *place)
{
	if (place->waits)
		TAILQ_REMOVE(&warm_up->queue, place, link);
	place->waits = false;
}

/* Its start has forgotten what was noted before. */
static void warm_up_start(struct warm_up *warm_up, struct vm *vm)
{
	struct reason reason;

	vm_start_paused(vm);
	reason_make(&reason, REASON_PAUSED, unix_now_ms(), "",
		"it was started to be paused until it is used (autostart)");
	why_note_pause(warm_up->why, vm, &reason);
}

static void on_turn(uv_timer_t *timer)
{
	struct warm_up *warm_up = timer->data;
	struct place *place;

	while (!warm_up->now && (place = TAILQ_FIRST(&warm_up->queue))) {
		leave(warm_up, place);
		if (!vm_is_off(place->vm))
			continue;
		warm_up->now = place->vm;
		warm_up_start(warm_up, place->vm);
	}
}

static void next_soon(struct warm_up *warm_up)
{
	uv_timer_start(&warm_up->timer, on_turn, 0, 0);
}

void warm_up_add(struct warm_up *warm_up, struct vm *vm)
{
	struct place *place = place_of(warm_up, vm);

	if (place->waits)
		return;
	*place = (struct place){.waits = true, .vm = vm};
	TAILQ_INSERT_TAIL(&warm_up->queue, place, link);
	next_soon(warm_up);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct warm_up *warm_up = data;

	if (warm_up->now != vm || from != VM_STATE_STARTING)
		return;
	warm_up->now = NULL;
	next_soon(warm_up);
}

static void on_gone(void *data, struct vm *vm)
{
	struct warm_up *warm_up = data;

	leave(warm_up, place_of(warm_up, vm));
	if (warm_up->now == vm)
		warm_up->now = NULL;
}

static void warm_up_free(void *data)
{
	free(data);
}

int warm_up_create(struct vm_environment *environment, struct why *why, struct warm_up **ret)
{
	struct warm_up *warm_up = calloc(1, sizeof(*warm_up));

	if (!warm_up)
		return UV_ENOMEM;
	warm_up->environment = environment;
	warm_up->why = why;
	warm_up->watcher = (struct vm_watcher){.slot_size = sizeof(struct place),
		.on_state = on_state,
		.on_removed = on_gone,
		.on_end = on_gone,
		.data = warm_up};
	TAILQ_INIT(&warm_up->queue);
	closer_init(&warm_up->closer, warm_up_free, warm_up);
	uv_timer_init(environment->loop, &warm_up->timer);
	warm_up->timer.data = warm_up;
	closer_add(&warm_up->closer);
	*ret = warm_up;
	return vm_watchers_add(environment->watchers, &warm_up->watcher);
}

void warm_up_destroy(struct warm_up *warm_up)
{
	closer_close(&warm_up->closer, (uv_handle_t *)&warm_up->timer);
	closer_finish(&warm_up->closer);
}
