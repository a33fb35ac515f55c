#include "host-broker/memory/balancer.h"

#include <stdlib.h>
#include <string.h>

#include "host-broker/idle/why.h"
#include "host-broker/memory/resident.h"
#include "host-broker/memory/seats.h"
#include "host-broker/system/now.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"
#include "proto/io/memory-stat.h"
#include "proto/wire/frame.h"

TAILQ_HEAD(viewers, balancer_viewer);

enum phase { RESTING, ASKING };

struct balancer {
	struct vm_environment *environment;
	struct why *why;
	struct vm_watcher watcher;
	struct seats seats;
	struct viewers viewers;
	enum phase phase;
	uint64_t rest_ms; /* until it looks again; 0: at the next occasion */
	struct pressure_trigger *trigger;
	struct closer closer;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer);

static uint64_t now_ms(const struct balancer *balancer)
{
	return uv_now(balancer->environment->loop);
}

/* ---- time ---- */

static void look_in(struct balancer *balancer, uint64_t ms)
{
	if (balancer->phase == ASKING)
		return;
	if (uv_is_active((uv_handle_t *)&balancer->timer) &&
		uv_timer_get_due_in(&balancer->timer) <= ms)
		return;
	uv_timer_start(&balancer->timer, on_timer, ms, 0);
}

/* Something is different: closely from then on. */
static void wake_in(struct balancer *balancer, uint64_t ms)
{
	balancer->rest_ms = BALANCER_TICK_MS;
	if (seats_elastic(&balancer->seats))
		look_in(balancer, ms);
}

static void balancer_wake(struct balancer *balancer)
{
	wake_in(balancer, 0);
}

static void on_host_pressure(void *data)
{
	struct balancer *balancer = data;

	balancer->seats.pressure_ms = now_ms(balancer);
	balancer_wake(balancer);
}

/* The kernel wakes us on pressure only while there is something that could be done. */
static void trigger_update(struct balancer *balancer)
{
	bool wanted = seats_elastic(&balancer->seats);

	if (wanted && !balancer->trigger) {
		int code = pressure_trigger_create(balancer->environment->loop, on_host_pressure,
			balancer, &balancer->trigger);
		if (code < 0)
			log_debug(NULL, "the kernel does not report memory pressure: %s",
				uv_strerror(code));
	} else if (!wanted && balancer->trigger) {
		pressure_trigger_destroy(balancer->trigger);
		balancer->trigger = NULL;
	}
}

/* ---- figures ---- */

int balancer_host(const struct balancer *balancer, struct host_memory *ret)
{
	return seats_host(&balancer->seats, ret);
}

size_t balancer_rows_count(const struct balancer *balancer)
{
	return seats_count(&balancer->seats);
}

void balancer_rows(const struct balancer *balancer,
	void (*on_row)(void *data, const struct balancer_row *row), void *data)
{
	struct seat *seat;

	TAILQ_FOREACH (seat, &balancer->seats.list, link) {
		struct vm_status status;
		vm_status(seat->vm, &status);
		const struct balancer_row row = {
			.vm = seat->vm,
			.elastic = seat->elastic,
			.paused = vm_state(seat->vm) == VM_STATE_PAUSED,
			.told = seat->told_ms,
			.info = seat->report.info,
			.pressure = seat->report.pressure,
			.age_ms = seat->told_ms ? now_ms(balancer) - seat->told_ms : 0,
			.guest = &seat->guest,
			.stalled = balloon_guest_stalled(&seat->guest, now_ms(balancer)),
			.resident = resident_of(status.monitor_pid),
		};
		on_row(data, &row);
	}
}

/* ---- balloons ---- */

static void target_apply(struct seat *seat, int64_t before)
{
	const struct balloon_guest *guest = &seat->guest;
	bool changed = guest->target != before;

	if (!changed && guest->arrived)
		return;
	if (changed)
		log_debug(vm_configuration(seat->vm)->name, "memory: %lldM of %lldM wanted",
			(long long)(guest->target / BALLOON_MIB),
			(long long)(guest->actual / BALLOON_MIB));
	/* While it moves its size is asked for: QEMU reports changes, but not their absence. */
	vm_balloon(seat->vm, changed ? (uint64_t)guest->target : 0);
}

static void stall_tell(const struct balancer *balancer, const struct seat *seat, bool before)
{
	const struct balloon_guest *guest = &seat->guest;

	if (!before && balloon_guest_stalled(guest, now_ms(balancer)))
		log_guest_info(vm_configuration(seat->vm)->name,
			"memory: the balloon does not move: the VM keeps %lldM; next attempt in %u "
			"s",
			(long long)(guest->actual / BALLOON_MIB), guest->backoff_ms / 2000);
}

static bool balloons_step(struct balancer *balancer, const struct host_memory *host)
{
	size_t count = balancer_rows_count(balancer), elastic = 0;
	_cleanup_free_ struct balloon_guest **guests = calloc(count + 1, sizeof(*guests));
	_cleanup_free_ int64_t *targets = calloc(count + 1, sizeof(*targets));
	_cleanup_free_ bool *stalled = calloc(count + 1, sizeof(*stalled));
	struct seat *seat;

	if (!guests || !targets || !stalled)
		return false;
	TAILQ_FOREACH (seat, &balancer->seats.list, link)
		if (seat_moves(seat)) {
			seat_update(&balancer->seats, seat);
			stalled[elastic] = balloon_guest_stalled(&seat->guest, now_ms(balancer));
			targets[elastic] = seat->guest.target;
			guests[elastic++] = &seat->guest;
		}
	bool moves = balloon_policy_step(&host->policy, guests, elastic, now_ms(balancer));
	elastic = 0;
	TAILQ_FOREACH (seat, &balancer->seats.list, link)
		if (seat_moves(seat)) {
			target_apply(seat, targets[elastic]);
			stall_tell(balancer, seat, stalled[elastic++]);
		}
	return moves;
}

static void balloons_set(struct balancer *balancer)
{
	struct host_memory host;

	if (!seats_elastic(&balancer->seats))
		return;
	int code = seats_host(&balancer->seats, &host);
	if (code < 0) {
		log_warning(NULL, "cannot read the host's memory: %s", uv_strerror(code));
		look_in(balancer, BALANCER_REST_MAX_MS);
		return;
	}
	uint64_t rest_max_ms = balancer->trigger ? BALANCER_REST_MAX_MS : BALANCER_REST_BLIND_MS;
	balancer->rest_ms = balloons_step(balancer, &host) || balancer->rest_ms == 0
				    ? BALANCER_TICK_MS
				    : 2 * balancer->rest_ms;
	if (balancer->rest_ms > rest_max_ms)
		balancer->rest_ms = rest_max_ms;
	look_in(balancer, balancer->rest_ms);
}

/* ---- asking ---- */

static void seat_ask(struct seat *seat)
{
	Vmsilo__Control__ReportWanted wanted = VMSILO__CONTROL__REPORT_WANTED__INIT;

	if (seat->asked)
		return;
	wanted.pressure = seat->elastic;
	seat->asked = vm_tell(seat->vm, FRAME_REPORT_WANTED, &wanted.base) == 0;
}

/* How large is the guest? QMP keeps the question until the monitor answers at all. */
static void seat_query(struct seat *seat)
{
	if (seat->elastic && !seat->queried)
		vm_balloon(seat->vm, 0);
	seat->queried = true;
}

static void seats_query_soon(struct balancer *balancer)
{
	struct seat *seat;

	TAILQ_FOREACH (seat, &balancer->seats.list, link)
		if (seat->elastic && !seat->queried && !seat->rests)
			look_in(balancer, 0);
}

static bool any_asked(const struct balancer *balancer)
{
	struct seat *seat;

	TAILQ_FOREACH (seat, &balancer->seats.list, link)
		if (seat->asked && !seat->rests)
			return true;
	return false;
}

static void asking_end(struct balancer *balancer)
{
	struct balancer_viewer *viewer;

	uv_timer_stop(&balancer->timer);
	balancer->phase = RESTING;
	balloons_set(balancer);
	seats_query_soon(balancer);
	while ((viewer = TAILQ_FIRST(&balancer->viewers))) {
		TAILQ_REMOVE(&balancer->viewers, viewer, link);
		viewer->on_ready(viewer->data);
	}
}

/* An agent that does not answer delays the others by BALANCER_ANSWER_MS at most. */
static void asking_begin(struct balancer *balancer)
{
	bool everybody = !TAILQ_EMPTY(&balancer->viewers);
	bool waits = balancer->phase == ASKING && uv_timer_get_due_in(&balancer->timer) > 0;
	struct seat *seat;

	balancer->phase = ASKING;
	TAILQ_FOREACH (seat, &balancer->seats.list, link) {
		if (seat->rests)
			continue;
		seat_query(seat);
		if (seat->elastic || everybody)
			seat_ask(seat);
	}
	/* Repeated requests do not put it off. */
	if (!waits)
		uv_timer_start(&balancer->timer, on_timer,
			any_asked(balancer) ? BALANCER_ANSWER_MS : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct balancer *balancer = timer->data;

	if (balancer->phase == ASKING)
		asking_end(balancer);
	else
		asking_begin(balancer);
}

void balancer_view(struct balancer *balancer, struct balancer_viewer *viewer)
{
	TAILQ_INSERT_TAIL(&balancer->viewers, viewer, link);
	/* It is asked already, but perhaps not everybody. */
	if (balancer->phase == ASKING)
		asking_begin(balancer);
	else
		look_in(balancer, 0);
}

void balancer_view_cancel(struct balancer *balancer, struct balancer_viewer *viewer)
{
	TAILQ_REMOVE(&balancer->viewers, viewer, link);
}

/* ---- what happens to VMs ---- */

/* One that was asked for is one for each question, however many users ask. */
static bool is_due(struct seat *seat, const struct report *report, uint64_t now)
{
	return report->by_pressure ? seat->elastic && rate_take(&seat->rate, 1, now) : seat->asked;
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct balancer *balancer = data;
	struct seat *seat = seats_find(&balancer->seats, vm);
	struct report report;

	(void)type;
	if (!seat)
		return UV_EPROTO;
	int code = report_check((const Vmsilo__Control__Report *)untrusted_message,
		(uint64_t)seat->guest.max, &report);
	if (code < 0)
		return code;
	if (!is_due(seat, &report, now_ms(balancer)))
		return UV_EPROTO;
	seat->report = report;
	seat->told_ms = now_ms(balancer);
	if (report.by_pressure) {
		seat->pressure_ms = now_ms(balancer);
		balancer_wake(balancer);
		return 0;
	}
	seat->asked = false;
	if (balancer->phase == ASKING && !any_asked(balancer))
		uv_timer_start(&balancer->timer, on_timer, 0, 0);
	return 0;
}

/* A guest that stands still cannot answer, and what its balloon does is the pause's matter. */
static void seat_follow(struct balancer *balancer, struct seat *seat)
{
	bool rests = vm_state(seat->vm) == VM_STATE_PAUSED || vm_is_pausing(seat->vm);

	if (rests == seat->rests)
		return;
	seat->rests = rests;
	if (!rests)
		seat_go_on(seat);
	trigger_update(balancer);
	/* Its balloon would be in the way of its first command. */
	wake_in(balancer, rests ? 0 : BALANCER_RESUMED_MS);
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct balancer *balancer = data;
	struct seat *seat = seats_find(&balancer->seats, vm);

	(void)from;
	if (seat && !vm_is_off(vm))
		seat_follow(balancer, seat);
	if (seat && vm_is_off(vm)) {
		seats_leave(&balancer->seats, seat);
		trigger_update(balancer);
		balancer_wake(balancer);
	} else if (!seat && !vm_is_off(vm)) {
		seats_take(&balancer->seats, vm);
	}
	seats_query_soon(balancer);
}

static void on_end(void *data, struct vm *vm)
{
	struct balancer *balancer = data;
	struct seat *seat = seats_find(&balancer->seats, vm);

	if (seat)
		seats_leave(&balancer->seats, seat);
}

static void on_actual(struct balancer *balancer, struct seat *seat)
{
	struct vm_status status;
	struct balloon_guest *guest = &seat->guest;

	vm_status(seat->vm, &status);
	int64_t actual = (int64_t)status.guest_bytes;
	guest->actual = actual < 0 || actual > guest->max ? guest->max : actual;
	if (!seat->known) {
		/* An earlier broker's balloon is where this one begins. */
		guest->target = guest->actual < guest->min ? guest->min : guest->actual;
		seat->known = true;
		trigger_update(balancer);
		balancer_wake(balancer);
		return;
	}
	/* By itself: deflated, rather than kill a program. */
	if (!seat->rests && guest->arrived && guest->actual > guest->target + BALLOON_TOLERANCE)
		balancer_wake(balancer);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct balancer *balancer = data;
	struct seat *seat = seats_find(&balancer->seats, vm);

	if (!seat)
		return;
	switch (change) {
	case VM_CHANGE_BALLOON:
		on_actual(balancer, seat);
		break;
	case VM_CHANGE_PAUSING:
		seat_follow(balancer, seat);
		break;
	case VM_CHANGE_AGENT:
		seat->asked = false;
		if (seat->elastic)
			balancer_wake(balancer);
		break;
	case VM_CHANGE_AGENT_LOST:
		seat->asked = false;
		seat->told_ms = 0;
		break;
	default:
		break;
	}
}

static int on_admit(void *data, const struct vm_config *config, struct error *error)
{
	struct balancer *balancer = data;
	int code = seats_admit(&balancer->seats, config, error);
	struct reason reason;
	struct seat *seat;

	if (code == 0)
		return 0;
	reason_make(&reason, REASON_MEMORY, unix_now_ms(), "", "%s", error->text);
	TAILQ_FOREACH (seat, &balancer->seats.list, link)
		if (vm_configuration(seat->vm) == config)
			why_note(balancer->why, seat->vm, &reason);
	return code;
}

/* ---- making and ending ---- */

static void balancer_free(void *data)
{
	free(data);
}

int balancer_create(struct vm_environment *environment, struct why *why, struct balancer **ret)
{
	struct balancer *balancer = calloc(1, sizeof(*balancer));

	if (!balancer)
		return UV_ENOMEM;
	balancer->environment = environment;
	balancer->why = why;
	balancer->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct seat),
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_message = on_message,
		.first_type = FRAME_REPORT,
		.last_type = FRAME_REPORT,
		.data = balancer,
	};
	seats_init(&balancer->seats, environment, &balancer->watcher);
	TAILQ_INIT(&balancer->viewers);
	closer_init(&balancer->closer, balancer_free, balancer);
	uv_timer_init(environment->loop, &balancer->timer);
	balancer->timer.data = balancer;
	closer_add(&balancer->closer);
	environment->admit = on_admit;
	environment->admit_data = balancer;
	*ret = balancer;
	return vm_watchers_add(environment->watchers, &balancer->watcher);
}

void balancer_destroy(struct balancer *balancer)
{
	balancer->environment->admit = NULL;
	if (balancer->trigger)
		pressure_trigger_destroy(balancer->trigger);
	closer_close(&balancer->closer, (uv_handle_t *)&balancer->timer);
	closer_finish(&balancer->closer);
}
