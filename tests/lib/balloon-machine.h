/* A machine with guests of all kinds, simulated second by second, for the balloon policy. */
#ifndef VMSILO_TESTS_LIB_BALLOON_MACHINE_H
#define VMSILO_TESTS_LIB_BALLOON_MACHINE_H

#include "host-broker/memory/balloon-policy.h"

#define MIB BALLOON_MIB
#define GUESTS_MAX 6

enum kind {
	HONEST,   /* tells the truth, follows the balloon as fast as it can */
	NEEDY,    /* claims to have nothing left and to suffer; follows */
	RICH,     /* claims that all is free; follows */
	FLAPS,    /* claims one and the other by turns; follows */
	KEEPS,    /* claims need and never gives */
	PROMISES, /* claims that all is free by turns, and never gives */
	SLOW,     /* honest, but 1 MiB a second */
	WILD,     /* claims anything, has any size */
	SILENT,   /* never tells anything */
};

struct player {
	struct balloon_guest guest;
	enum kind kind;
	int64_t demand; /* what its programs want */
	/* what was seen */
	int turns; /* changes of direction */
	int64_t last_target;
	int last_direction;
	int short_s; /* seconds for which an honest one lacked what was its due */
	int asked_s; /* in which it was asked to give */
};

struct machine {
	struct balloon_host host;
	int64_t total, other; /* of the host: memory, and what its own programs use */
	struct player players[GUESTS_MAX];
	size_t count;
	uint64_t now_ms;
	uint32_t seed;
	bool moves;
	int host_short_s;
};

struct machine machine_of(int64_t total, int64_t reserve, int64_t budget);
struct player *player_add(
	struct machine *machine, enum kind kind, int64_t min, int64_t max, int64_t demand);
/* What its programs have of what they want. */
int64_t player_used(const struct player *player);
/* What its agent says, true or not. */
void player_tell(struct machine *machine, struct player *player);
/* One second of its balloon driver. */
void player_follow(struct machine *machine, struct player *player);
/* All of it for a second; asserts the bounds that always hold. */
void machine_second(struct machine *machine);
void machine_seconds(struct machine *machine, int count);
int64_t machine_available(const struct machine *machine);
int64_t machine_actual(const struct machine *machine);

#endif
