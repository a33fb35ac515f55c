#include "host-broker/net/foreign/verdict.h"

#include <string.h>

enum verdict { VERDICT_NONE, VERDICT_ACCEPT, VERDICT_DROP, VERDICT_RETURN };

struct walk {
	const json_t *rules; /* with what else there is */
	const char *interface;
	const char *family, *table;
	unsigned int depth;
};

struct conditions {
	bool holds; /* each of them, for certain */
	bool named; /* one is our interface */
};

/* ---- conditions ---- */

/* "docker*" is each interface that begins so. */
static bool name_fits(const char *pattern, const char *name)
{
	size_t length = strcspn(pattern, "*");

	return pattern[length] == '*' ? strncmp(pattern, name, length) == 0
				      : strcmp(pattern, name) == 0;
}

/* right: one, an array of them, or {"set": [...]}. */
static bool any_fits(const json_t *right, const char *name)
{
	const json_t *set = json_object_get(right, "set");
	size_t index;
	const json_t *each;

	if (json_is_string(right))
		return name_fits(json_string_value(right), name);
	json_array_foreach (set ? set : right, index, each) {
		if (json_is_string(each) && name_fits(json_string_value(each), name))
			return true;
	}
	return false;
}

/* Of a named set it is not known what it has. */
static bool is_named_set(const json_t *right)
{
	return json_is_string(right) && json_string_value(right)[0] == '@';
}

static void match_take(const json_t *match, const char *interface, struct conditions *conditions)
{
	const json_t *left = json_object_get(match, "left");
	const json_t *right = json_object_get(match, "right");
	const char *operation = json_string_value(json_object_get(match, "op"));
	const char *meta = json_string_value(json_object_get(json_object_get(left, "meta"), "key"));
	const char *ct = json_string_value(json_object_get(json_object_get(left, "ct"), "key"));
	bool by_interface = meta && (strcmp(meta, "iifname") == 0 || strcmp(meta, "iif") == 0);
	bool by_state = ct && strcmp(ct, "state") == 0;

	if (!operation || is_named_set(right) || (!by_interface && !by_state)) {
		conditions->holds = false;
		return;
	}
	bool fits = any_fits(right, by_interface ? interface : "new");
	bool holds = strcmp(operation, "!=") == 0 ? !fits : fits;
	conditions->holds = conditions->holds && holds;
	conditions->named = conditions->named || (by_interface && fits && holds);
}

/* ---- rules ---- */

static enum verdict chain_walk(struct walk *walk, const char *name);

static enum verdict jump(struct walk *walk, const json_t *statement, bool returns)
{
	const char *target = json_string_value(json_object_get(statement, "target"));

	if (!target || walk->depth == VERDICT_DEPTH_MAX)
		return VERDICT_NONE;
	walk->depth++;
	enum verdict verdict = chain_walk(walk, target);
	walk->depth--;
	return verdict == VERDICT_NONE && !returns ? VERDICT_RETURN : verdict;
}

/* What iptables-nft has that nftables has no word for: of its targets this one decides. */
static bool is_refusal_of_iptables(const char *key, const json_t *value)
{
	const char *name = json_string_value(json_object_get(value, "name"));

	return strcmp(key, "xt") == 0 && name && strcmp(name, "REJECT") == 0;
}

static enum verdict statement_verdict(struct walk *walk, const char *key, const json_t *value)
{
	if (strcmp(key, "accept") == 0)
		return VERDICT_ACCEPT;
	if (strcmp(key, "drop") == 0 || strcmp(key, "reject") == 0)
		return VERDICT_DROP;
	if (strcmp(key, "return") == 0)
		return VERDICT_RETURN;
	if (is_refusal_of_iptables(key, value))
		return VERDICT_DROP;
	if (strcmp(key, "jump") == 0)
		return jump(walk, value, true);
	return strcmp(key, "goto") == 0 ? jump(walk, value, false) : VERDICT_NONE;
}

/* These decide nothing. What else there is may be a condition: limits, modules of iptables. */
static bool is_idle(const char *key)
{
	static const char *const idle[] = {"counter", "log", "comment", "accept", "drop", "reject",
		"return", "jump", "goto", "mangle"};

	for (size_t i = 0; i < sizeof(idle) / sizeof(idle[0]); i++)
		if (strcmp(key, idle[i]) == 0)
			return true;
	return false;
}

static enum verdict rule_verdict(struct walk *walk, json_t *statements)
{
	struct conditions conditions = {.holds = true};
	enum verdict verdict = VERDICT_NONE;
	size_t index;
	json_t *statement, *value;
	const char *key;

	json_array_foreach (statements, index, statement) {
		json_object_foreach (statement, key, value) {
			if (strcmp(key, "match") == 0)
				match_take(value, walk->interface, &conditions);
			else if (!is_idle(key) && !is_refusal_of_iptables(key, value))
				conditions.holds = false;
			else if (conditions.holds)
				verdict = statement_verdict(walk, key, value);
			else if (conditions.named && strcmp(key, "accept") == 0)
				return VERDICT_ACCEPT;
			if (verdict != VERDICT_NONE)
				return verdict;
		}
	}
	return verdict;
}

static bool is_of(const struct walk *walk, const json_t *entry, const char *chain)
{
	const char *family = json_string_value(json_object_get(entry, "family"));
	const char *table = json_string_value(json_object_get(entry, "table"));
	const char *name = json_string_value(json_object_get(entry, "chain"));

	return family && table && name && strcmp(family, walk->family) == 0 &&
	       strcmp(table, walk->table) == 0 && strcmp(name, chain) == 0;
}

static enum verdict chain_walk(struct walk *walk, const char *name)
{
	size_t index;
	const json_t *entry;

	json_array_foreach (walk->rules, index, entry) {
		const json_t *rule = json_object_get(entry, "rule");
		if (!rule || !is_of(walk, rule, name))
			continue;
		enum verdict verdict = rule_verdict(walk, json_object_get(rule, "expr"));
		if (verdict == VERDICT_RETURN)
			return VERDICT_NONE;
		if (verdict != VERDICT_NONE)
			return verdict;
	}
	return VERDICT_NONE;
}

/* ---- chains ---- */

static bool chain_drops(
	struct walk *walk, const json_t *entry, struct verdict_chain *ret, json_error_t *error)
{
	const char *hook, *policy;

	if (json_unpack_ex((json_t *)entry, error, 0, "{s:{s:s, s:s, s:s, s:s, s:s}}", "chain",
		    "family", &ret->family, "table", &ret->table, "name", &ret->name, "hook", &hook,
		    "policy", &policy) < 0 ||
		strcmp(hook, "forward") != 0 ||
		(strcmp(ret->table, "vmsilo") == 0 && strcmp(ret->family, "inet") == 0))
		return false;
	walk->family = ret->family;
	walk->table = ret->table;
	enum verdict verdict = chain_walk(walk, ret->name);
	return verdict == VERDICT_DROP || (verdict == VERDICT_NONE && strcmp(policy, "drop") == 0);
}

bool verdict_drops(const json_t *ruleset, const char *interface, struct verdict_chain *ret)
{
	struct walk walk = {.rules = json_object_get(ruleset, "nftables"), .interface = interface};
	json_error_t error;
	size_t index;
	const json_t *entry;

	json_array_foreach (walk.rules, index, entry) {
		if (chain_drops(&walk, entry, ret, &error))
			return true;
	}
	return false;
}
