#include "tests/lib/balloon-machine.h"

#include "tests/lib/test.h"

static uint32_t chance(struct machine *machine)
{
	machine->seed = machine->seed * 1664525 + 1013904223;
	return machine->seed >> 8;
}

struct player *player_add(
	struct machine *machine, enum kind kind, int64_t min, int64_t max, int64_t demand)
{
	struct player *player = &machine->players[machine->count++];

	*player = (struct player){.kind = kind, .demand = demand};
	balloon_guest_init(&player->guest, min, max);
	player->last_target = max;
	return player;
}

int64_t player_used(const struct player *player)
{
	int64_t most = player->guest.actual - 4 * MIB; /* the kernel's own */

	return player->demand < most ? player->demand : most;
}

void player_tell(struct machine *machine, struct player *player)
{
	struct balloon_guest *guest = &player->guest;
	bool turn = machine->now_ms / 1000 % 2;

	guest->available = guest->actual - player_used(player);
	guest->pressure = player->demand > player_used(player);
	switch (player->kind) {
	case NEEDY:
	case KEEPS:
		guest->available = 0;
		guest->pressure = true;
		break;
	case RICH:
		guest->available = guest->actual;
		guest->pressure = false;
		break;
	case PROMISES:
	case FLAPS:
		guest->available = turn ? guest->actual : 0;
		guest->pressure = !turn;
		break;
	case WILD:
		guest->available = (int64_t)(chance(machine) % 1024) * guest->actual / 1023;
		guest->pressure = chance(machine) % 2;
		break;
	case SILENT:
		guest->available = -1;
		guest->pressure = false;
		break;
	default:
		break;
	}
}

/* One second of the guest's driver. */
void player_follow(struct machine *machine, struct player *player)
{
	struct balloon_guest *guest = &player->guest;
	int64_t rate = player->kind == SLOW ? MIB : 200 * MIB;
	int64_t left = guest->target - guest->actual;

	if (player->kind == WILD) {
		guest->actual = guest->max / 8 * (int64_t)(1 + chance(machine) % 8);
		return;
	}
	if (left < 0 && (player->kind == KEEPS || player->kind == PROMISES))
		return;
	if (left < -rate)
		left = -rate;
	if (left > rate)
		left = rate;
	/* A balloon cannot take what is used: the kernel would take it back. */
	if (left < 0 && guest->actual + left < player_used(player) + 4 * MIB)
		left = player_used(player) + 4 * MIB - guest->actual;
	if (left < 0 || guest->target > guest->actual)
		guest->actual += left;
}

static int64_t touched(const struct player *player)
{
	return player->kind == HONEST || player->kind == SLOW ? player_used(player)
							      : player->guest.actual;
}

int64_t machine_available(const struct machine *machine)
{
	int64_t available = machine->total - machine->other;

	for (size_t i = 0; i < machine->count; i++)
		available -= touched(&machine->players[i]);
	return available;
}

static void player_check(const struct machine *machine, struct player *player)
{
	struct balloon_guest *guest = &player->guest;
	int direction = guest->target > player->last_target   ? 1
			: guest->target < player->last_target ? -1
							      : 0;

	assert_true(guest->target >= guest->min);
	assert_true(guest->target <= guest->max);
	assert_true(guest->critical >= 0 && guest->critical <= BALLOON_CRITICAL_MAX);
	if (guest->target < guest->actual)
		player->asked_s++;
	if (direction != 0 && player->last_direction == -direction)
		player->turns++;
	if (direction != 0)
		player->last_direction = direction;
	player->last_target = guest->target;
	(void)machine;
}

void machine_second(struct machine *machine)
{
	struct balloon_guest *guests[GUESTS_MAX];

	for (size_t i = 0; i < machine->count; i++) {
		player_tell(machine, &machine->players[i]);
		guests[i] = &machine->players[i].guest;
	}
	machine->host.available = machine_available(machine);
	machine->moves =
		balloon_policy_step(&machine->host, guests, machine->count, machine->now_ms);
	for (size_t i = 0; i < machine->count; i++) {
		player_check(machine, &machine->players[i]);
		player_follow(machine, &machine->players[i]);
	}
	if (machine_available(machine) < 0)
		machine->host_short_s++;
	machine->now_ms += 1000;
}

void machine_seconds(struct machine *machine, int count)
{
	for (int i = 0; i < count; i++)
		machine_second(machine);
}

struct machine machine_of(int64_t total, int64_t reserve, int64_t budget)
{
	return (struct machine){.total = total,
		.host = {.reserve = reserve, .budget = budget},
		.now_ms = 1000000,
		.seed = 1};
}

int64_t machine_actual(const struct machine *machine)
{
	int64_t sum = 0;

	for (size_t i = 0; i < machine->count; i++)
		sum += machine->players[i].guest.actual;
	return sum;
}
