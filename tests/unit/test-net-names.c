/* Names in rules: as people write them, in answers of DNS (also such as are none), and which
 * addresses a VM may reach by them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/net/dns/answer.h"
#include "host-broker/net/rules/seen.h"
#include "tests/lib/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LABEL63 "a23456789012345678901234567890123456789012345678901234567890123"

static void names(void **state)
{
	static const char *const good[][2] = {{"example.org", "example.org"},
		{"Example.ORG.", "example.org"}, {"*.example.org", "*.example.org"},
		{"host", "host"}, {"_dns.1and1.com", "_dns.1and1.com"},
		{LABEL63 ".a", LABEL63 ".a"},
		{LABEL63 "." LABEL63 "." LABEL63
			 ".a234567890123456789012345678901234567890123456789012345678901",
			LABEL63 "." LABEL63 "." LABEL63
				".a234567890123456789012345678901234567890123456789012345678901"}};
	static const char *const bad[] = {"", ".", "*", "*.", "a..b", "-a.org", "a-.org",
		"10.0.0.256", "10.0.0.0/8", "a b", "a.*.org", "exa*.org", "fd00::1", "a.1",
		/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one name of two parts */
		LABEL63 "a.org",
		LABEL63 "." LABEL63 "." LABEL63
			".a2345678901234567890123456789012345678901234567890123456789012"};
	char name[NET_NAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!net_name_parse(good[i][0], name))
			fail_msg("refused: %s", good[i][0]);
		assert_string_equal(name, good[i][1]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_name_parse(bad[i], name))
			fail_msg("taken: %s", bad[i]);
}

static void matches(void **state)
{
	(void)state;
	assert_true(net_name_matches("a.org", "a.org"));
	assert_false(net_name_matches("a.org", "b.a.org"));
	assert_true(net_name_matches("*.a.org", "b.a.org"));
	assert_true(net_name_matches("*.a.org", "c.b.a.org"));
	assert_false(net_name_matches("*.a.org", "a.org"));
	assert_false(net_name_matches("*.a.org", "ba.org"));
	assert_false(net_name_matches("*.a.org", ".a.org"));
}

/* ---- answers ---- */

#define HEADER(answers) "\0\7\x81\x80\0\1\0" answers "\0\0\0\0"
#define QUESTION "\3WEB\3org\0\0\1\0\1"
#define ADDRESS(name) name "\0\1\0\1\0\0\0\1\0\4\xc6\x33\x64"
#define PARSE(text, ret) dns_answer_parse((const uint8_t *)(text), sizeof(text) - 1, ret)

static void answers(void **state)
{
	struct dns_answer got;

	(void)state;
	assert_true(PARSE(HEADER("\1") QUESTION ADDRESS("\xc0\x0c") "\1", &got));
	assert_string_equal(got.name, "web.org");
	assert_int_equal(got.count, 1);
	assert_int_equal(got.addresses[0].bytes[3], 1);
	/* Another's address does not count; an alias' does, also when it stands before. */
	assert_false(PARSE(HEADER("\1") QUESTION ADDRESS("\1a\xc0\x10") "\1", &got));
	assert_true(PARSE(HEADER("\2") QUESTION ADDRESS(
				  "\1a\xc0\x10") "\1"
						 "\xc0\x0c\0\5\0\1\0\0\0\1\0\4\1a\xc0\x10",
		&got));
	assert_string_equal(got.name, "web.org");
}

/* The length, and whether the bytes are these. */
static void stripped(const char *from, size_t from_length, const char *to, size_t to_length)
{
	uint8_t bytes[128];

	memcpy(bytes, from, from_length);
	assert_int_equal(dns_answer_strip6(bytes, from_length), to_length);
	assert_memory_equal(bytes, to, to_length);
}
#define STRIPPED(from, to) stripped(from, sizeof(from) - 1, to, sizeof(to) - 1)
#define QUESTION6 "\3WEB\3org\0\0\x1c\0\1"
#define ADDRESS6 "\xc0\x0c\0\x1c\0\1\0\0\0\1\0\20\x20\1\xd\xb8\0\0\0\0\0\0\0\0\0\0\0\1"

static void answers_without_ipv6(void **state)
{
	(void)state;
	STRIPPED("\0\7\x83\xa0\0\1\0\1\0\0\0\0" QUESTION6 ADDRESS6,
		"\0\7\x81\x80\0\1\0\0\0\0\0\0" QUESTION6);
	/* A name that is not there, with who says so. */
	STRIPPED("\0\7\x81\x83\0\1\0\0\0\1\0\0" QUESTION6 ADDRESS6,
		"\0\7\x81\x83\0\1\0\0\0\0\0\0" QUESTION6);
	STRIPPED(HEADER("\1") QUESTION ADDRESS("\xc0\x0c") "\1",
		HEADER("\1") QUESTION ADDRESS("\xc0\x0c") "\1");
	STRIPPED("\0\7\1\0\0\1\0\0\0\0\0\0" QUESTION6, "\0\7\1\0\0\1\0\0\0\0\0\0" QUESTION6);
	STRIPPED(HEADER("\1") "\3WEB", HEADER("\1") "\3WEB");
	STRIPPED("\0\7\x81", "\0\7\x81");
}

static void answers_that_are_none(void **state)
{
	static const char whole[] = HEADER("\1") QUESTION ADDRESS("\xc0\x0c") "\1";
	struct dns_answer got;

	(void)state;
	for (size_t length = 0; length < sizeof(whole) - 1; length++)
		assert_false(dns_answer_parse((const uint8_t *)whole, length, &got));
	assert_false(PARSE("\0\7\1\0\0\1\0\1\0\0\0\0" QUESTION ADDRESS("\xc0\x0c") "\1", &got));
	assert_false(PARSE("\0\7\x81\x83\0\1\0\1\0\0\0\0" QUESTION ADDRESS("\xc0\x0c") "\1", &got));
	assert_false(PARSE(HEADER("\1") "\xc0\x0c\0\1\0\1", &got)); /* a pointer to itself */
	/* Aliases in a circle end. */
	assert_false(PARSE(HEADER("\1") QUESTION "\xc0\x0c\0\5\0\1\0\0\0\1\0\2\xc0\x0c", &got));
	/* A dot within a label makes no other name. */
	assert_true(PARSE(HEADER("\1") "\7web.org\0\0\1\0\1" ADDRESS("\xc0\x0c") "\1", &got));
	assert_string_equal(got.name, "web?org");
}

/* ---- what may be reached ---- */

static struct rules_vm *vm_make(void)
{
	struct rules_vm *vm = calloc(1, sizeof(*vm));

	assert_non_null(vm);
	strcpy(vm->attachment.rules[0].name, "a.org");
	strcpy(vm->attachment.rules[2].name, "b.org");
	vm->attachment.rules_count = 3;
	return vm;
}

static bool add(struct rules_vm *vm, const char *name, const char *text, uint64_t now_ms)
{
	struct net_address address;

	assert_true(net_address_parse(text, &address));
	return seen_add(vm, name, &address, 1, now_ms);
}

static void only_what_is_named(void **state)
{
	struct rules_vm *vm = vm_make();

	(void)state;
	assert_false(add(vm, "c.org", "192.0.2.1", 1));
	assert_false(add(vm, "", "192.0.2.1", 1));
	assert_true(add(vm, "b.org", "192.0.2.1", 1));
	assert_int_equal(vm->seen[0].rule, 2);
	assert_false(add(vm, "b.org", "192.0.2.1", 2));
	assert_true(add(vm, "a.org", "192.0.2.1", 2));
	free(vm);
}

static void nothing_around_the_host(void **state)
{
	static const char *const around[] = {"10.0.0.1", "172.16.0.1", "172.31.255.255",
		"192.168.1.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1",
		"::1", "fe80::1", "fd00::1", "fc00::1", "::ffff:192.0.2.1", "::"};
	struct rules_vm *vm = vm_make();

	(void)state;
	for (size_t i = 0; i < COUNT(around); i++)
		if (add(vm, "a.org", around[i], 1))
			fail_msg("taken: %s", around[i]);
	assert_true(add(vm, "a.org", "172.32.0.0", 1));
	assert_true(add(vm, "a.org", "2001:db8::1", 1));
	free(vm);
}

static void kept_for_a_day(void **state)
{
	struct rules_vm *vm = vm_make();

	(void)state;
	assert_true(add(vm, "a.org", "192.0.2.1", 1));
	assert_false(add(vm, "c.org", "192.0.2.1", 1 + SEEN_KEPT_MS));
	assert_int_equal(vm->seen_count, 1);
	assert_false(add(vm, "c.org", "192.0.2.1", 2 + SEEN_KEPT_MS));
	assert_int_equal(vm->seen_count, 0);
	free(vm);
}

static void so_many_and_no_more(void **state)
{
	struct rules_vm *vm = vm_make();
	struct net_address address = {.family = AF_INET, .bytes = {192, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i <= RULES_SEEN_MAX; i++) {
		address.bytes[2] = (uint8_t)(i / 256);
		address.bytes[3] = (uint8_t)i;
		assert_true(seen_add(vm, "a.org", &address, 1, (i + 1) * SEEN_CHANGE_MS));
	}
	assert_int_equal(vm->seen_count, RULES_SEEN_MAX);
	/* The last has the place of the first. */
	assert_int_equal(vm->seen[0].last_ms, (RULES_SEEN_MAX + 1) * SEEN_CHANGE_MS);
	free(vm);
}

/* A zone that always answers anew changes the rules so often and no more; another VM's rules are
 * another's matter. */
static void so_often_and_no_more(void **state)
{
	struct rules_vm *vm = vm_make(), *other = vm_make();
	char text[32];
	unsigned int changes = 0;

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		snprintf(text, sizeof(text), "192.0.%u.%u", 3 + i / 200, 1 + i % 200);
		changes += add(vm, "a.org", text, 5000);
	}
	assert_int_equal(changes, SEEN_CHANGES_BURST);
	assert_true(add(other, "a.org", "192.0.2.1", 5000));
	assert_false(add(vm, "a.org", "192.0.3.1", 5001 + SEEN_CHANGE_MS / 2));
	assert_int_equal(vm->seen[0].last_ms, 5001 + SEEN_CHANGE_MS / 2);
	assert_true(add(vm, "a.org", "192.0.2.1", 5000 + SEEN_CHANGE_MS));
	assert_false(add(vm, "a.org", "192.0.2.2", 5000 + SEEN_CHANGE_MS));
	free(vm);
	free(other);
}

static void moved_with_its_name(void **state)
{
	struct rules_vm *vm = vm_make();
	struct net_attachment *next = calloc(1, sizeof(*next));

	(void)state;
	assert_non_null(next);
	add(vm, "a.org", "192.0.2.1", 1);
	add(vm, "b.org", "192.0.2.2", 1);
	strcpy(next->rules[1].name, "b.org");
	next->rules_count = 2;
	seen_move(vm, next);
	assert_int_equal(vm->seen_count, 1);
	assert_int_equal(vm->seen[0].rule, 1);
	assert_int_equal(vm->seen[0].address.bytes[3], 2);
	free(next);
	free(vm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(matches),
		cmocka_unit_test(answers),
		cmocka_unit_test(answers_without_ipv6),
		cmocka_unit_test(answers_that_are_none),
		cmocka_unit_test(only_what_is_named),
		cmocka_unit_test(nothing_around_the_host),
		cmocka_unit_test(kept_for_a_day),
		cmocka_unit_test(so_many_and_no_more),
		cmocka_unit_test(so_often_and_no_more),
		cmocka_unit_test(moved_with_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
