#include "host-broker/memory/seats.h"

#include <stdlib.h>
#include <uv.h>

#include "host-broker/memory/resident.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/io/memory-stat.h"

#define PRESSURE_AVG10 (5 * PRESSURE_PERCENT) /* of the time lost is pressure */
#define RESERVE_PART 20                       /* of the host's memory, where nothing else is said */

static uint64_t now_ms(const struct seats *seats)
{
	return uv_now(seats->environment->loop);
}

void seats_init(struct seats *seats, const struct vm_environment *environment,
	const struct vm_watcher *watcher)
{
	*seats = (struct seats){.environment = environment, .watcher = watcher};
	TAILQ_INIT(&seats->list);
}

struct seat *seats_find(const struct seats *seats, const struct vm *vm)
{
	struct seat *seat = vm_slot(vm, seats->watcher);

	return seat->taken ? seat : NULL;
}

size_t seats_count(const struct seats *seats)
{
	size_t count = 0;
	struct seat *seat;

	TAILQ_FOREACH (seat, &seats->list, link)
		count++;
	return count;
}

void seats_take(struct seats *seats, struct vm *vm)
{
	const struct vm_config *config = vm_configuration(vm);
	struct seat *seat = vm_slot(vm, seats->watcher);

	*seat = (struct seat){
		.taken = true,
		.vm = vm,
		.elastic = config->memory_min_bytes < config->memory_bytes,
	};
	balloon_guest_init(
		&seat->guest, (int64_t)config->memory_min_bytes, (int64_t)config->memory_bytes);
	rate_init(&seat->rate, SEAT_REPORTS_RATE, SEAT_REPORTS_MAX, now_ms(seats));
	TAILQ_INSERT_TAIL(&seats->list, seat, link);
}

void seats_leave(struct seats *seats, struct seat *seat)
{
	TAILQ_REMOVE(&seats->list, seat, link);
	seat->taken = false;
}

bool seats_elastic(const struct seats *seats)
{
	struct seat *seat;

	TAILQ_FOREACH (seat, &seats->list, link)
		if (seat_moves(seat))
			return true;
	return false;
}

bool seat_moves(const struct seat *seat)
{
	return seat->elastic && seat->known && !seat->rests;
}

/* What it needs beyond that it gets like any other, from what there is now. */
void seat_go_on(struct seat *seat)
{
	struct balloon_guest *guest = &seat->guest;

	seat->rests = false;
	if (!seat_moves(seat))
		return;
	guest->target = guest->actual < guest->min ? guest->min : guest->actual;
	guest->arrived = true;
	guest->direction = 0;
	guest->blocked_until_ms = guest->stalled_until_ms = 0;
	vm_balloon(seat->vm, (uint64_t)guest->target);
}

static bool since(const struct seats *seats, uint64_t at_ms, uint64_t within_ms)
{
	return at_ms && now_ms(seats) - at_ms < within_ms;
}

/* A guest cannot have more available than it has. */
void seat_update(const struct seats *seats, struct seat *seat)
{
	struct balloon_guest *guest = &seat->guest;
	int64_t available = (int64_t)seat->report.info.available;

	guest->available = -1;
	guest->pressure = false;
	if (!since(seats, seat->told_ms, SEAT_STALE_MS))
		return;
	guest->available = available < guest->actual ? available : guest->actual;
	guest->pressure = seat->report.pressure.some.avg10 >= PRESSURE_AVG10 ||
			  since(seats, seat->pressure_ms, SEAT_PRESSURE_HOLDS_MS);
}

int seats_host(const struct seats *seats, struct host_memory *ret)
{
	const struct broker_config *config = seats->environment->broker;
	bool automatic = config->memory_reserve_bytes == MEMORY_RESERVE_AUTO;
	struct memory_stat stat;
	struct seat *seat;
	int code = memory_stat_read(&stat);

	if (code < 0)
		return code;
	*ret = (struct host_memory){
		.policy = {.available = (int64_t)stat.info.available,
			.reserve = (int64_t)(automatic ? stat.info.total / RESERVE_PART
						       : config->memory_reserve_bytes),
			.budget = (int64_t)config->memory_budget_bytes,
			.pressure = since(seats, seats->pressure_ms, SEAT_PRESSURE_HOLDS_MS)},
		.total = (int64_t)stat.info.total,
		.pressure = stat.pressure,
	};
	TAILQ_FOREACH (seat, &seats->list, link)
		if (!seat->elastic || seat->rests)
			ret->policy.fixed += seat->elastic ? seat->guest.actual : seat->guest.max;
	return 0;
}

static void holder_make(const struct seat *seat, struct admission_holder *ret)
{
	struct vm_status status;
	bool gives = seat->elastic && !seat->guest.keeps && !seat->rests;

	vm_status(seat->vm, &status);
	*ret = (struct admission_holder){
		.name = vm_configuration(seat->vm)->name,
		.floor = gives ? seat->guest.min : seat->guest.actual,
		.resident = (int64_t)resident_of(status.monitor_pid),
	};
}

int seats_admit(const struct seats *seats, const struct vm_config *config, struct error *error)
{
	size_t count = 0;
	_cleanup_free_ struct admission_holder *holders =
		calloc(seats_count(seats) + 1, sizeof(*holders));
	struct host_memory host;
	struct seat *seat;

	if (!holders)
		return error_set(error, UV_ENOMEM, "out of memory");
	/* What cannot be known refuses nobody. */
	if (seats_host(seats, &host) < 0)
		return 0;
	/* It has a seat already, since its state has changed. */
	TAILQ_FOREACH (seat, &seats->list, link)
		if (vm_configuration(seat->vm) != config)
			holder_make(seat, &holders[count++]);
	return admission_check(config->name, (int64_t)config->memory_min_bytes, &host.policy,
		holders, count, error);
}
