/* Who the host's resolvers are, by resolv.conf(5). */
#include <netinet/in.h>
#include <string.h>
#include <uv.h>

#include "host-broker/net/dns/resolvers.h"
#include "tests/lib/test.h"

static void expect(const char *text, const char *const *addresses)
{
	struct resolvers resolvers = {0};
	char got[INET6_ADDRSTRLEN];
	size_t count = 0;

	resolvers_parse(&resolvers, text);
	for (; addresses[count]; count++) {
		assert_true(count < resolvers.count);
		assert_int_equal(uv_ip_name((const struct sockaddr *)&resolvers.list[count], got,
					 sizeof(got)),
			0);
		assert_string_equal(got, addresses[count]);
		assert_int_equal(
			ntohs(((const struct sockaddr_in *)&resolvers.list[count])->sin_port), 53);
	}
	assert_int_equal(resolvers.count, count);
}

static void both_families_in_their_order(void **state)
{
	(void)state;
	expect("# by hand\nsearch example.org\nnameserver 127.0.0.53\nnameserver\t2001:db8::1 \n"
	       "nameserver   192.0.2.1 # last",
		(const char *const[]){"127.0.0.53", "2001:db8::1", "192.0.2.1", NULL});
}

static void three_at_most(void **state)
{
	(void)state;
	expect("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	       "nameserver 192.0.2.4\n",
		(const char *const[]){"192.0.2.1", "192.0.2.2", "192.0.2.3", NULL});
}

static void this_machine_when_there_is_none(void **state)
{
	(void)state;
	expect("", (const char *const[]){"127.0.0.1", NULL});
	expect("nameserver\nnameserver \nnameservers 192.0.2.1\n nameserver 192.0.2.1\n"
	       "nameserver fe80::1%none0\nnameserver example.org\n",
		(const char *const[]){"127.0.0.1", NULL});
}

static void at_an_interface(void **state)
{
	struct resolvers resolvers = {0};

	(void)state;
	resolvers_parse(&resolvers,
		"nameserver fe80::1%lo\nnameserver fe80::2%1\nnameserver fe80::3%there-is-none\n"
		"nameserver fe80::4%\nnameserver 192.0.2.1\n");
	assert_int_equal(resolvers.count, 3);
	for (size_t i = 0; i < 2; i++) {
		const struct sockaddr_in6 *at = (const struct sockaddr_in6 *)&resolvers.list[i];
		assert_int_equal(at->sin6_family, AF_INET6);
		assert_int_equal(at->sin6_addr.s6_addr[15], i + 1);
		assert_int_equal(at->sin6_scope_id, 1);
	}
	assert_int_equal(resolvers.list[2].ss_family, AF_INET);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_families_in_their_order),
		cmocka_unit_test(three_at_most),
		cmocka_unit_test(this_machine_when_there_is_none),
		cmocka_unit_test(at_an_interface),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
