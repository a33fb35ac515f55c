#include "proto/wire/session-rules.h"

#include <uv.h>

/* Phases as a set. */
#define IN(phase) (1u << (phase))

#define STDIN 0
#define FROM_OPENING (IN(SESSION_OPENING) | IN(SESSION_OPEN) | IN(SESSION_CLOSED))
/* What a session may end from before its program ran. */
#define BEFORE_OPEN (IN(SESSION_GREETED) | IN(SESSION_OPENING))

/* Which streams a frame may name; ANY_STREAM for frames that have none. */
enum streams { NO_STREAM, INPUT, OUTPUTS };

static const struct rule {
	uint16_t type;
	enum session_side side;
	unsigned int phases;
	enum streams streams;
	int next; /* phase afterwards, -1: the same */
} table[] = {
	{FRAME_HELLO, SESSION_FROM_CLIENT, IN(SESSION_NEW), NO_STREAM, SESSION_GREETED},
	/* CLOSED: it crossed a REJECT. */
	{FRAME_OPEN, SESSION_FROM_CLIENT, IN(SESSION_GREETED), NO_STREAM, SESSION_OPENING},
	{FRAME_OPEN, SESSION_FROM_CLIENT, IN(SESSION_CLOSED), NO_STREAM, -1},
	{FRAME_DATA, SESSION_FROM_CLIENT, FROM_OPENING, INPUT, -1},
	{FRAME_END, SESSION_FROM_CLIENT, FROM_OPENING, INPUT, -1},
	{FRAME_CREDIT, SESSION_FROM_CLIENT, FROM_OPENING, OUTPUTS, -1},
	{FRAME_STOP, SESSION_FROM_CLIENT, FROM_OPENING, OUTPUTS, -1},
	{FRAME_SIGNAL, SESSION_FROM_CLIENT, FROM_OPENING, NO_STREAM, -1},
	{FRAME_WINDOW, SESSION_FROM_CLIENT, FROM_OPENING, NO_STREAM, -1},
	{FRAME_PROBE, SESSION_FROM_CLIENT, FROM_OPENING, NO_STREAM, -1},

	{FRAME_HELLO, SESSION_FROM_AGENT, BEFORE_OPEN, NO_STREAM, -1},
	{FRAME_REJECT, SESSION_FROM_AGENT, BEFORE_OPEN, NO_STREAM, SESSION_CLOSED},
	{FRAME_OPENED, SESSION_FROM_AGENT, IN(SESSION_OPENING), NO_STREAM, SESSION_OPEN},
	{FRAME_FAILED, SESSION_FROM_AGENT, IN(SESSION_OPENING), NO_STREAM, SESSION_CLOSED},
	{FRAME_DATA, SESSION_FROM_AGENT, IN(SESSION_OPEN), OUTPUTS, -1},
	{FRAME_END, SESSION_FROM_AGENT, IN(SESSION_OPEN), OUTPUTS, -1},
	{FRAME_CREDIT, SESSION_FROM_AGENT, IN(SESSION_OPEN), INPUT, -1},
	{FRAME_STOP, SESSION_FROM_AGENT, IN(SESSION_OPEN), INPUT, -1},
	{FRAME_PROBE, SESSION_FROM_AGENT, IN(SESSION_OPEN), NO_STREAM, -1},
	{FRAME_STATUS, SESSION_FROM_AGENT, IN(SESSION_OPEN), NO_STREAM, SESSION_CLOSED},
};

void session_rules_init(struct session_rules *rules)
{
	*rules = (struct session_rules){.phase = SESSION_NEW};
}

const char *session_phase_name(enum session_phase phase)
{
	static const char *const names[] = {"new", "greeted", "opening", "open", "closed"};

	return names[phase];
}

static const struct rule *rule_find(
	enum session_phase phase, enum session_side side, uint16_t type, uint16_t stream)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct rule *rule = &table[i];
		bool names_it = rule->streams == NO_STREAM ? stream == 0
				: rule->streams == INPUT   ? stream == STDIN
							   : stream == 1 || stream == 2;

		if (rule->type == type && rule->side == side && (rule->phases & IN(phase)) &&
			names_it)
			return rule;
	}
	return NULL;
}

/* What the table cannot say: the order within a stream, and of the agent's hello. */
static bool is_in_order(
	const struct session_rules *rules, enum session_side side, uint16_t type, uint16_t stream)
{
	switch (type) {
	case FRAME_DATA:
	case FRAME_END:
		return !rules->ended[stream];
	case FRAME_STOP:
		return !rules->stopped[stream];
	case FRAME_STATUS:
		return rules->ended[1] && rules->ended[2];
	case FRAME_PROBE:
		return rules->probed == (side == SESSION_FROM_AGENT);
	case FRAME_HELLO:
		return side == SESSION_FROM_CLIENT || !rules->agent_greeted;
	case FRAME_REJECT:
		return !rules->agent_greeted;
	case FRAME_OPENED:
	case FRAME_FAILED:
		return rules->agent_greeted;
	default:
		return true;
	}
}

int session_rules_feed(
	struct session_rules *rules, enum session_side side, uint16_t type, uint16_t stream)
{
	const struct rule *rule = rule_find(rules->phase, side, type, stream);

	if (!rule || !is_in_order(rules, side, type, stream))
		return UV_EPROTO;
	if (rule->next >= 0)
		rules->phase = (enum session_phase)rule->next;
	if (type == FRAME_END)
		rules->ended[stream] = true;
	if (type == FRAME_STOP)
		rules->stopped[stream] = true;
	if (type == FRAME_PROBE)
		rules->probed = side == SESSION_FROM_CLIENT;
	if (type == FRAME_HELLO && side == SESSION_FROM_AGENT)
		rules->agent_greeted = true;
	return 0;
}
