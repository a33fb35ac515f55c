#include "host-broker/memory/balloon-policy.h"

#define LEVEL_MAX (INT64_C(1) << 50)
#define SHARE_ONE 65536 /* a share of 1, in fixed point */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return smaller(larger(value, low), high);
}

static int64_t critical_first(int64_t max)
{
	return clamp(max / 8, BALLOON_CRITICAL_MIN, BALLOON_CRITICAL_MAX);
}

void balloon_guest_init(struct balloon_guest *guest, int64_t min, int64_t max)
{
	*guest = (struct balloon_guest){
		.min = min,
		.max = max,
		.actual = max,
		.available = -1,
		.target = max,
		.arrived = true,
		.critical = critical_first(max),
		.backoff_ms = BALLOON_BACKOFF_FIRST_MS,
	};
}

bool balloon_guest_stalled(const struct balloon_guest *guest, uint64_t now_ms)
{
	return now_ms < guest->stalled_until_ms;
}

/* It has never told anything of itself. */
static bool boots(const struct balloon_guest *guest)
{
	return guest->available < 0 && !guest->has_previous;
}

/* ---- one guest: what it shows ---- */

/* Survives below what was thought critical, though its balloon could grow: then less is critical.
 */
static void critical_learn(struct balloon_guest *guest)
{
	int64_t balloon = guest->max - guest->actual;

	if (guest->balloon_max == 0)
		guest->balloon_max = guest->max / 4 * 3;
	guest->balloon_max = larger(guest->balloon_max, balloon);
	int64_t fill = guest->balloon_max ? balloon * 100 / guest->balloon_max : 0;
	bool low = guest->available < guest->critical && fill < 95;
	bool was_low = guest->has_previous && guest->previous_available < guest->critical &&
		       guest->previous_fill < 95;

	if (guest->pressure)
		guest->critical =
			smaller(guest->critical + guest->critical / 2, critical_first(guest->max));
	else if (low && was_low)
		guest->critical = larger(guest->previous_available, BALLOON_CRITICAL_MIN);
	guest->previous_available = guest->available;
	guest->previous_fill = fill;
	guest->has_previous = true;
}

/* moved: by how much it did move towards its target. Too little is slow; nothing is a refusal, or
 * impossible. */
static void stall(struct balloon_guest *guest, int64_t moved, uint64_t now_ms)
{
	bool gives = guest->target < guest->actual && moved < BALLOON_TOLERANCE;

	guest->stalled_until_ms = now_ms + guest->backoff_ms;
	guest->backoff_ms = (uint32_t)smaller(guest->backoff_ms * 2, BALLOON_BACKOFF_MAX_MS);
	if (gives) {
		guest->keeps = true;
		guest->obstacle = guest->actual;
		guest->obstacle_available = guest->available;
	}
	/* It may have made itself smaller than it need be. */
	guest->target = clamp(guest->actual, guest->min, guest->max);
	guest->arrived = true;
}

static void arrive(struct balloon_guest *guest)
{
	guest->arrived = true;
	guest->backoff_ms = BALLOON_BACKOFF_FIRST_MS;
	if (guest->direction < 0)
		guest->keeps = false;
}

static void progress_begin(struct balloon_guest *guest, uint64_t now_ms)
{
	guest->progress_ms = now_ms;
	guest->progress_actual = guest->actual;
}

/* The guest's kernel took memory back, rather than kill: it is left alone for a while. */
static void took_back(struct balloon_guest *guest, uint64_t now_ms)
{
	guest->critical = smaller(guest->critical * 2, critical_first(guest->max));
	guest->direction = 1;
	guest->priority = BALLOON_PRESSURE;
	guest->blocked_until_ms = now_ms + BALLOON_BLOCK_MS;
	guest->target = clamp(guest->actual, guest->min, guest->max);
	guest->arrived = true;
}

/* The balloon was to move: does it? */
static void progress_watch(struct balloon_guest *guest, uint64_t now_ms)
{
	int64_t left = guest->actual - guest->target;
	int64_t shrunk = guest->progress_actual - guest->actual;

	if (left <= BALLOON_TOLERANCE && left >= -BALLOON_TOLERANCE) {
		if (!guest->arrived)
			arrive(guest);
		return;
	}
	if (left > 0 && (guest->arrived || shrunk < -BALLOON_TOLERANCE)) {
		took_back(guest, now_ms);
		return;
	}
	if (guest->arrived) {
		/* It made itself smaller. */
		guest->target = clamp(guest->actual, guest->min, guest->max);
		return;
	}
	uint64_t elapsed = now_ms - guest->progress_ms;
	if (elapsed < (boots(guest) ? BALLOON_BOOT_MS : BALLOON_STALL_MS))
		return;
	int64_t moved = left > 0 ? shrunk : -shrunk;
	if (moved < BALLOON_STALL_RATE * (int64_t)(elapsed / 1000))
		stall(guest, moved, now_ms);
	else
		progress_begin(guest, now_ms);
}

/* ---- all guests: who gets what ---- */

/* Memory that it uses and must always have available. */
static int64_t need(const struct balloon_guest *guest)
{
	return guest->actual - guest->available + guest->critical;
}

static bool takes_part(const struct balloon_guest *guest, uint64_t now_ms)
{
	return guest->available >= 0 && !balloon_guest_stalled(guest, now_ms);
}

/* A round's arithmetic: what each guest would get at a level (of headroom, or of shares). */
struct round {
	struct balloon_guest *const *guests;
	size_t count;
	uint64_t now_ms;
	int64_t room; /* what the host can give */
	int64_t pool; /* what is to be divided: theirs, and the host's headroom */
	/* What comes out: the level of headroom and, where that is below zero, those of shares. */
	int64_t headroom, share, scarcity;
};

static int64_t at_headroom(const struct balloon_guest *guest, int64_t level)
{
	return clamp(need(guest) + level, guest->min, guest->max);
}

static int64_t at_share(const struct balloon_guest *guest, int64_t level)
{
	return clamp(guest->max / SHARE_ONE * level, guest->min, guest->max);
}

static int64_t at_scarcity(const struct balloon_guest *guest, int64_t level)
{
	return clamp(smaller(need(guest), guest->max / SHARE_ONE * level), guest->min, guest->max);
}

/* The highest level at which all together fit: with the host's headroom at the same level
 * (host_too), or with nothing left to the host beyond its reserve. */
static int64_t level_find(const struct round *round,
	int64_t (*size_at)(const struct balloon_guest *guest, int64_t level), int64_t low,
	int64_t high, bool host_too)
{
	while (low < high) {
		int64_t level = low + (high - low + 1) / 2;
		int64_t sum = host_too ? level : 0;
		for (size_t i = 0; i < round->count; i++)
			if (takes_part(round->guests[i], round->now_ms))
				sum += size_at(round->guests[i], level);
		if (sum <= round->pool)
			low = level;
		else
			high = level - 1;
	}
	return low;
}

/* What the host can still give. What was granted and not yet taken is gone already. */
static int64_t host_headroom(
	const struct balloon_host *host, struct balloon_guest *const *guests, size_t count)
{
	int64_t room = host->available - host->reserve - (host->pressure ? host->reserve : 0);
	int64_t budget = host->budget - host->fixed;

	for (size_t i = 0; i < count; i++) {
		room -= larger(guests[i]->target - guests[i]->actual, 0);
		budget -= boots(guests[i]) ? guests[i]->target
					   : larger(guests[i]->target, guests[i]->actual);
	}
	return host->budget ? smaller(room, budget) : room;
}

/* Whether the difference matters. The test is on the whole difference, not on what the bounds leave
 * of it: a change that is due must not be lost because it has to come in pieces. */
static bool worth_it(int64_t delta, int64_t guest_room, int64_t host_room)
{
	int64_t size = delta < 0 ? -delta : delta;

	if (size < BALLOON_TOLERANCE)
		return false;
	return guest_room < BALLOON_MIB || host_room < BALLOON_MIB || size * 100 / guest_room > 1 ||
	       size * 100 / host_room > 1;
}

static bool blocked(const struct balloon_guest *guest, int direction,
	enum balloon_priority priority, uint64_t now_ms)
{
	return guest->direction == -direction && now_ms < guest->blocked_until_ms &&
	       priority <= guest->priority;
}

static bool target_set(struct balloon_guest *guest, int64_t target, int direction,
	enum balloon_priority priority, uint64_t now_ms)
{
	if (target == guest->target)
		return false;
	/* Stalls are counted from when the balloon began to move this way. */
	if (guest->arrived || direction != guest->direction)
		progress_begin(guest, now_ms);
	guest->arrived = false;
	guest->target = target;
	guest->direction = direction;
	guest->priority = priority;
	guest->blocked_until_ms = now_ms + BALLOON_BLOCK_MS;
	return true;
}

/* The lowest size that makes sense to ask for. */
static int64_t lowest(struct balloon_guest *guest)
{
	if (guest->obstacle && guest->available > guest->obstacle_available + BALLOON_STEP)
		guest->obstacle = 0; /* it has become possible, perhaps */
	return larger(guest->min, guest->obstacle);
}

/* Takes from a guest: its headroom and a step beyond; of what is more than its share, in scarcity,
 * faster. */
static bool take(struct balloon_guest *guest, int64_t wanted, int64_t share,
	enum balloon_priority priority, uint64_t now_ms)
{
	int64_t most = larger(guest->available - guest->critical, 0) + BALLOON_STEP;

	most = larger(most, (guest->actual - share) / 4);
	int64_t target =
		larger(guest->actual - smaller(guest->actual - wanted, most), lowest(guest));
	if (target > guest->actual - BALLOON_TOLERANCE || blocked(guest, -1, priority, now_ms))
		return false;
	return target_set(guest, target, -1, priority, now_ms);
}

/* Gives what it wants, as far as *room reaches; what was granted before is in actual or in target.
 */
static bool give(struct balloon_guest *guest, int64_t wanted, int64_t *room,
	enum balloon_priority priority, uint64_t now_ms)
{
	int64_t granted = larger(guest->target, guest->actual);
	int64_t more = smaller(wanted - granted, *room);

	if (more < BALLOON_TOLERANCE || blocked(guest, 1, priority, now_ms))
		return false;
	*room -= more;
	return target_set(guest, granted + more, 1, priority, now_ms);
}

/* One that boots gets no more than there is. */
static void boot_step(struct balloon_guest *guest, int64_t room, uint64_t now_ms)
{
	int64_t target = clamp(guest->target + room, guest->min, guest->max);

	if (room < 0 && target < guest->target && !balloon_guest_stalled(guest, now_ms))
		target_set(guest, target, -1, BALLOON_BALANCE, now_ms);
}

static enum balloon_priority urgency(
	const struct balloon_host *host, struct balloon_guest *const *guests, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (guests[i]->pressure)
			return BALLOON_PRESSURE;
	return host->pressure ? BALLOON_PRESSURE : BALLOON_BALANCE;
}

static void observe(struct balloon_guest *const *guests, size_t count, uint64_t now_ms)
{
	for (size_t i = 0; i < count; i++) {
		/* Its driver is there only now. */
		if (guests[i]->available >= 0 && !guests[i]->has_previous)
			progress_begin(guests[i], now_ms);
		progress_watch(guests[i], now_ms);
		if (guests[i]->available >= 0)
			critical_learn(guests[i]);
	}
}

/* What it gets at the level that was found. */
static int64_t wanted_of(const struct round *round, const struct balloon_guest *guest)
{
	int64_t wanted = round->headroom >= 0 ? at_headroom(guest, round->headroom)
					      : at_scarcity(guest, round->scarcity);

	if (guest->keeps)
		wanted = smaller(wanted, larger(at_share(guest, round->share), guest->actual));
	return wanted;
}

/* By how much it has too much; 0 when it does not matter, or it cannot be asked now. */
static int64_t surplus_of(const struct round *round, const struct balloon_guest *guest)
{
	int64_t delta = guest->actual - wanted_of(round, guest);

	if (!takes_part(guest, round->now_ms) ||
		!worth_it(delta, guest->available - guest->critical, round->room))
		return 0;
	return delta;
}

static bool take_all(const struct round *round, enum balloon_priority priority)
{
	bool moves = false;

	for (size_t i = 0; i < round->count; i++) {
		struct balloon_guest *guest = round->guests[i];
		if (surplus_of(round, guest) > 0)
			moves |= take(guest, wanted_of(round, guest), at_share(guest, round->share),
				priority, round->now_ms);
	}
	return moves;
}

/* Those who suffer come first. What a guest without need gets can be had back for them at once. */
static bool give_all(const struct round *round)
{
	int64_t room = larger(round->room, 0);
	bool moves = false;

	for (int suffers = 1; suffers >= 0; suffers--)
		for (size_t i = 0; i < round->count; i++) {
			struct balloon_guest *guest = round->guests[i];
			if (guest->pressure == (bool)suffers && surplus_of(round, guest) < 0)
				moves |= give(guest, wanted_of(round, guest), &room,
					suffers ? BALLOON_PRESSURE : BALLOON_BALANCE,
					round->now_ms);
		}
	return moves;
}

static void levels_find(struct round *round)
{
	round->headroom = level_find(round, at_headroom, -LEVEL_MAX, LEVEL_MAX, true);
	round->share = level_find(round, at_share, 0, SHARE_ONE, false);
	round->scarcity = level_find(round, at_scarcity, 0, SHARE_ONE, false);
}

bool balloon_policy_step(const struct balloon_host *host, struct balloon_guest *const *guests,
	size_t count, uint64_t now_ms)
{
	enum balloon_priority priority = urgency(host, guests, count);
	bool moves = priority == BALLOON_PRESSURE;

	observe(guests, count, now_ms);
	for (size_t i = 0; i < count; i++)
		if (boots(guests[i]))
			boot_step(guests[i], host_headroom(host, guests, count), now_ms);
	int64_t room = host_headroom(host, guests, count);
	struct round round = {
		.guests = guests, .count = count, .now_ms = now_ms, .room = room, .pool = room};
	for (size_t i = 0; i < count; i++)
		if (takes_part(guests[i], now_ms))
			round.pool += larger(guests[i]->target, guests[i]->actual);
	levels_find(&round);
	moves |= take_all(&round, priority);
	moves |= give_all(&round);
	for (size_t i = 0; i < count; i++)
		moves |= !guests[i]->arrived;
	return moves;
}
