/* The table of a session, tried from every phase with every frame of both sides. */
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include "proto/wire/session-rules.h"
#include "tests/lib/test.h"

#define C SESSION_FROM_CLIENT
#define A SESSION_FROM_AGENT

static struct session_rules rules;

static int feed(enum session_side side, uint16_t type, uint16_t stream)
{
	return session_rules_feed(&rules, side, type, stream);
}

/* Brings the rules to a phase, on the usual way. */
static void reach(enum session_phase phase)
{
	static const struct {
		enum session_side side;
		uint16_t type, stream;
		enum session_phase phase;
	} way[] = {
		{C, FRAME_HELLO, 0, SESSION_GREETED},
		{A, FRAME_HELLO, 0, SESSION_GREETED},
		{C, FRAME_OPEN, 0, SESSION_OPENING},
		{A, FRAME_OPENED, 0, SESSION_OPEN},
		{A, FRAME_END, 1, SESSION_OPEN},
		{A, FRAME_END, 2, SESSION_OPEN},
		{A, FRAME_STATUS, 0, SESSION_CLOSED},
	};

	session_rules_init(&rules);
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		if (way[i].phase > phase || (phase == SESSION_OPEN && way[i].type == FRAME_END))
			return;
		assert_int_equal(feed(way[i].side, way[i].type, way[i].stream), 0);
	}
}

/* What is allowed in each phase: type, and the streams as bits. */
static bool is_allowed(
	enum session_phase phase, enum session_side side, uint16_t type, uint16_t stream)
{
	bool input = stream == 0, output = stream == 1 || stream == 2;
	bool late = phase >= SESSION_OPENING;

	if (side == C) {
		switch (type) {
		case FRAME_HELLO:
			return phase == SESSION_NEW && input;
		case FRAME_OPEN:
			return (phase == SESSION_GREETED || phase == SESSION_CLOSED) && input;
		case FRAME_DATA:
		case FRAME_END:
			return late && input;
		case FRAME_CREDIT:
		case FRAME_STOP:
			return late && output;
		case FRAME_SIGNAL:
		case FRAME_WINDOW:
		case FRAME_PROBE:
			return late && input;
		default:
			return false;
		}
	}
	switch (type) {
	case FRAME_OPENED:
	case FRAME_FAILED:
		return phase == SESSION_OPENING && input;
	case FRAME_DATA:
	case FRAME_END:
		return phase == SESSION_OPEN && output;
	case FRAME_CREDIT:
	case FRAME_STOP:
		return phase == SESSION_OPEN && input;
	default:
		return false; /* HELLO and REJECT: the way has said the first; STATUS: the streams
				 are open */
	}
}

static void test_table(void **state)
{
	(void)state;
	for (int phase = SESSION_NEW; phase <= SESSION_CLOSED; phase++)
		for (int side = C; side <= A; side++)
			for (uint16_t type = 0; type < 100; type++)
				for (uint16_t stream = 0; stream < 4; stream++) {
					reach((enum session_phase)phase);
					struct session_rules before = rules;
					bool allowed = is_allowed((enum session_phase)phase,
						(enum session_side)side, type, stream);
					int code = feed((enum session_side)side, type, stream);
					if (code != (allowed ? 0 : UV_EPROTO))
						fail_msg("%s, side %d, %s, stream %u: %d",
							session_phase_name(
								(enum session_phase)phase),
							side, frame_type_name(type), stream, code);
					if (code < 0)
						assert_memory_equal(&before, &rules, sizeof(rules));
				}
}

static void test_a_probe_is_answered_once(void **state)
{
	(void)state;
	reach(SESSION_OPEN);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(feed(A, FRAME_PROBE, 0), UV_EPROTO);
		assert_int_equal(feed(C, FRAME_PROBE, 0), 0);
		assert_int_equal(feed(C, FRAME_PROBE, 0), UV_EPROTO);
		assert_int_equal(feed(A, FRAME_PROBE, 0), 0);
	}
}

static void test_once(void **state)
{
	(void)state;
	reach(SESSION_OPEN);
	assert_int_equal(feed(C, FRAME_END, 0), 0);
	assert_int_equal(feed(C, FRAME_END, 0), UV_EPROTO);
	assert_int_equal(feed(C, FRAME_DATA, 0), UV_EPROTO);
	assert_int_equal(feed(C, FRAME_STOP, 1), 0);
	assert_int_equal(feed(C, FRAME_STOP, 1), UV_EPROTO);
	assert_int_equal(feed(A, FRAME_END, 1), 0);
	assert_int_equal(feed(A, FRAME_DATA, 1), UV_EPROTO);
	assert_int_equal(feed(A, FRAME_STATUS, 0), UV_EPROTO);
	assert_int_equal(feed(A, FRAME_END, 2), 0);
	assert_int_equal(feed(A, FRAME_STATUS, 0), 0);
	assert_int_equal(feed(A, FRAME_STATUS, 0), UV_EPROTO);
}

static void test_greeting(void **state)
{
	(void)state;
	reach(SESSION_NEW);
	assert_int_equal(feed(A, FRAME_HELLO, 0), UV_EPROTO);
	/* The client need not wait for the agent's hello; the agent must say it before OPENED. */
	assert_int_equal(feed(C, FRAME_HELLO, 0), 0);
	assert_int_equal(feed(C, FRAME_OPEN, 0), 0);
	assert_int_equal(feed(C, FRAME_DATA, 0), 0);
	assert_int_equal(feed(A, FRAME_OPENED, 0), UV_EPROTO);
	assert_int_equal(feed(A, FRAME_HELLO, 0), 0);
	assert_int_equal(feed(A, FRAME_REJECT, 0), UV_EPROTO);
	assert_int_equal(feed(A, FRAME_FAILED, 0), 0);
	assert_int_equal(rules.phase, SESSION_CLOSED);

	reach(SESSION_NEW);
	assert_int_equal(feed(C, FRAME_HELLO, 0), 0);
	assert_int_equal(feed(A, FRAME_REJECT, 0), 0);
	assert_int_equal(rules.phase, SESSION_CLOSED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_a_probe_is_answered_once),
		cmocka_unit_test(test_once),
		cmocka_unit_test(test_greeting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
