/* Rules of other firewalls, as nft prints them: which chain drops what comes from our interface. */
#include "host-broker/net/foreign/verdict.h"
#include "tests/lib/test.h"

#define CHAIN(table, name, policy) \
	"{'chain': {'family': 'ip', 'table': '" table "', 'name': '" name \
	"', 'type': 'filter', 'hook': 'forward', 'prio': 0, 'policy': '" policy "'}},"
#define RULE(chain, statements) \
	"{'rule': {'family': 'ip', 'table': 't', 'chain': '" chain "', 'expr': [" statements "]}}" \
	","
#define MATCH(operation, key, right) \
	"{'match': {'op': '" operation "', 'left': {'meta': {'key': '" key "'}}, 'right': " right \
	"}}, "
#define STATE(right) \
	"{'match': {'op': 'in', 'left': {'ct': {'key': 'state'}}, 'right': " right "}}, "
#define PORT \
	"{'match': {'op': '==', 'left': {'payload': {'protocol': 'tcp', 'field': 'dport'}}, " \
	"'right': 22}}, "
#define ACCEPT "{'accept': null}"
#define DROP "{'drop': null}"
#define REJECT "{'counter': {'packets': 1}}, {'reject': {'type': 'icmpx'}}"
#define XT(name) "{'xt': {'type': 'target', 'name': '" name "'}}"
#define JUMP(target) "{'jump': {'target': '" target "'}}"
#define GOTO(target) "{'goto': {'target': '" target "'}}"

/* The chain that drops; NULL: none. */
static const char *dropping(const char *entries)
{
	static char text[8192], name[64];
	struct verdict_chain chain;

	snprintf(text, sizeof(text), "{'nftables': [%s {'metainfo': {}}]}", entries);
	for (char *at = text; *at; at++)
		if (*at == '\'')
			*at = '"';
	json_t *ruleset = json_loads(text, 0, NULL);
	assert_non_null(ruleset);
	bool drops = verdict_drops(ruleset, "vmsilo0", &chain);
	if (drops)
		snprintf(name, sizeof(name), "%s", chain.name);
	json_decref(ruleset);
	return drops ? name : NULL;
}

static void policies_of_others(void **state)
{
	(void)state;
	assert_null(dropping(""));
	assert_null(dropping(CHAIN("t", "f", "accept")));
	assert_string_equal(dropping(CHAIN("t", "f", "drop")), "f");
	assert_string_equal(dropping(CHAIN("t", "a", "accept") CHAIN("t", "f", "drop")), "f");
}

static void rules_of_others(void **state)
{
	(void)state;
	assert_string_equal(dropping(CHAIN("t", "f", "accept") RULE("f", REJECT)), "f");
	assert_string_equal(dropping(CHAIN("t", "f", "accept") RULE("f", DROP)), "f");
	assert_null(dropping(CHAIN("t", "f", "drop") RULE("f", ACCEPT)));
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("other", DROP)));
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", PORT DROP)));
	assert_string_equal(dropping(CHAIN("t", "f", "drop") RULE("f", PORT ACCEPT)), "f");
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", "{'xt': {}}, " DROP)));
	/* As iptables-nft has "-j REJECT". */
	assert_string_equal(dropping(CHAIN("t", "f", "accept") RULE("f", XT("REJECT"))), "f");
	assert_null(
		dropping(CHAIN("t", "f", "accept") RULE("f", XT("conntrack") "," XT("REJECT"))));
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", XT("LOG"))));
	assert_null(
		dropping(CHAIN("t", "f", "accept") RULE("f", "{'return': null}") RULE("f", DROP)));
}

static void interfaces_of_others(void **state)
{
	(void)state;
	assert_null(dropping(
		CHAIN("t", "f", "drop") RULE("f", MATCH("==", "iifname", "'vmsilo0'") ACCEPT)));
	assert_null(dropping(
		CHAIN("t", "f", "drop") RULE("f", MATCH("==", "iifname", "'vm*'") ACCEPT)));
	assert_null(dropping(CHAIN("t", "f", "drop")
			RULE("f", MATCH("==", "iifname", "{'set': ['lo', 'vmsilo0']}") ACCEPT)));
	/* Made for us, though it has more. */
	assert_null(dropping(CHAIN("t", "f", "drop") RULE(
		"f", MATCH("==", "iifname", "'vmsilo0'") MATCH("==", "oifname", "'e'") ACCEPT)));
	assert_string_equal(dropping(CHAIN("t", "f", "drop")
					    RULE("f", MATCH("==", "iifname", "'docker0'") ACCEPT)),
		"f");
	assert_string_equal(dropping(CHAIN("t", "f", "drop")
					    RULE("f", MATCH("==", "iifname", "'@ours'") ACCEPT)),
		"f");
	assert_string_equal(dropping(CHAIN("t", "f", "accept")
					    RULE("f", MATCH("!=", "iifname", "'docker0'") DROP)),
		"f");
	assert_null(dropping(
		CHAIN("t", "f", "accept") RULE("f", MATCH("!=", "iifname", "'vmsilo0'") DROP)));
}

static void states_of_others(void **state)
{
	(void)state;
	assert_string_equal(dropping(CHAIN("t", "f", "drop")
					    RULE("f", STATE("['established', 'related']") ACCEPT)),
		"f");
	assert_null(dropping(CHAIN("t", "f", "drop") RULE("f", STATE("['new']") ACCEPT)));
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", STATE("'invalid'") DROP)));
}

static void jumps_of_others(void **state)
{
	(void)state;
	assert_string_equal(
		dropping(CHAIN("t", "f", "accept") RULE("f", JUMP("j")) RULE("j", REJECT)), "f");
	assert_string_equal(
		dropping(CHAIN("t", "f", "accept") RULE("f", JUMP("j")) RULE("f", DROP)), "f");
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", GOTO("j")) RULE("f", DROP)));
	assert_null(dropping(CHAIN("t", "f", "drop") RULE("f", JUMP("j")) RULE("j", ACCEPT)));
	/* The kernel has no such circle; a text may. */
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", JUMP("f"))));
}

/* What has another shape is passed over. */
static void shapes_of_others(void **state)
{
	struct verdict_chain chain;

	(void)state;
	assert_false(verdict_drops(NULL, "vmsilo0", &chain));
	assert_null(dropping("7, [], {'rule': 7}, {'chain': []}, "));
	assert_null(dropping(CHAIN("t", "f", "accept") RULE("f", "7, {'match': 7}, {'jump': 7}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_of_others),
		cmocka_unit_test(rules_of_others),
		cmocka_unit_test(interfaces_of_others),
		cmocka_unit_test(states_of_others),
		cmocka_unit_test(jumps_of_others),
		cmocka_unit_test(shapes_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
