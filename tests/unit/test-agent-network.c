/* What the agent makes of NETWORK, in a network namespace of the test's own, with a TAP as the
 * guest's card. Without the right to make one the tests of what is done are left out. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/network/network.h"
#include "tests/lib/test.h"

#define NFT "PATH=/usr/sbin:$PATH nft "

static struct network network;
static char root[] = "/tmp/vmsilo-test-agent-network.XXXXXX";
static int tap = -1;
static uint8_t mac[6] = {0x02, 0, 0, 0, 0, 0x77}, down_mac[6] = {0x02, 0, 0, 0, 0, 0x78};

static uint8_t guest4[] = {10, 200, 0, 7}, gateway4[] = {10, 200, 0, 6}, none4[4];
static uint8_t other4[] = {10, 200, 0, 9}, other_gateway4[] = {10, 200, 0, 8};
static uint8_t guest6[16] = {0xfd, [15] = 7}, gateway6[16] = {0xfd, [15] = 6}, none6[16];

#define BYTES(array) \
	{ \
		.len = sizeof(array), .data = (array) \
	}

/* A message with a card that has both families. */
struct sample {
	Vmsilo__Control__Network network;
	Vmsilo__Control__Card card, *cards[3];
	Vmsilo__Control__Address address[2], *addresses[3];
	Vmsilo__Control__Route route[2], *routes[9];
	ProtobufCBinaryData dns[4];
};

static void sample_make(struct sample *sample, uint8_t *address4, uint8_t *via4)
{
	vmsilo__control__network__init(&sample->network);
	vmsilo__control__card__init(&sample->card);
	for (size_t i = 0; i < 2; i++) {
		vmsilo__control__address__init(&sample->address[i]);
		vmsilo__control__route__init(&sample->route[i]);
		sample->addresses[i] = &sample->address[i];
		sample->routes[i] = &sample->route[i];
	}
	sample->card.mac = (ProtobufCBinaryData)BYTES(mac);
	sample->address[0].address = (ProtobufCBinaryData){.len = 4, .data = address4};
	sample->address[0].prefix = 31;
	sample->address[1].address = (ProtobufCBinaryData)BYTES(guest6);
	sample->address[1].prefix = 127;
	sample->route[0].to = (ProtobufCBinaryData)BYTES(none4);
	sample->route[0].gateway = (ProtobufCBinaryData){.len = 4, .data = via4};
	sample->route[1].to = (ProtobufCBinaryData)BYTES(none6);
	sample->route[1].gateway = (ProtobufCBinaryData)BYTES(gateway6);
	sample->dns[0] = (ProtobufCBinaryData)BYTES(gateway4);
	sample->card.addresses = sample->addresses;
	sample->card.n_addresses = 2;
	sample->card.routes = sample->routes;
	sample->card.n_routes = 2;
	sample->cards[0] = &sample->card;
	sample->network.cards = sample->cards;
	sample->network.n_cards = 1;
	sample->network.dns = sample->dns;
	sample->network.n_dns = 1;
}

/* ---- what is refused ---- */

static void refused(const struct sample *sample)
{
	struct problems problems = {0};

	assert_int_equal(network_apply(&network, root, &sample->network, &problems), UV_EPROTO);
	assert_int_equal(problems.count, 0);
}

static void test_refused(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, guest4, gateway4);
	sample.card.mac.len = 5;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.address[0].address.len = 3;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.address[0].prefix = 33;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.address[1].prefix = 129;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.route[0].gateway.len = 16;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.dns[0].len = 0;
	refused(&sample);
}

static void test_too_many_refused(void **state)
{
	struct sample sample;

	(void)state;
	sample_make(&sample, guest4, gateway4);
	sample.cards[1] = sample.cards[2] = &sample.card;
	sample.network.n_cards = NETWORK_CARDS_MAX + 1;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	sample.addresses[2] = &sample.address[0];
	sample.card.n_addresses = NETWORK_ADDRESSES_MAX + 1;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	for (size_t i = 2; i < 9; i++)
		sample.routes[i] = &sample.route[0];
	sample.card.n_routes = NETWORK_ROUTES_MAX + 1;
	refused(&sample);
	sample_make(&sample, guest4, gateway4);
	for (size_t i = 1; i < 4; i++)
		sample.dns[i] = sample.dns[0];
	sample.network.n_dns = NETWORK_DNS_MAX + 1;
	refused(&sample);
}

/* ---- what is done ---- */

static bool has_line(const char *path, const char *words)
{
	FILE *file = fopen(path, "re");
	char line[512];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, words) != NULL;
	if (file)
		fclose(file);
	return found;
}

static bool has_address4(const uint8_t bytes[4])
{
	char text[INET_ADDRSTRLEN];

	/* Each address is a local destination (Documentation/networking/fib_trie.rst). */
	inet_ntop(AF_INET, bytes, text, sizeof(text));
	return has_line("/proc/self/net/fib_trie", text);
}

static bool has_address6(void)
{
	return has_line("/proc/self/net/if_inet6", "fd000000000000000000000000000007");
}

static void applied(const struct sample *sample)
{
	struct problems problems = {0};

	assert_int_equal(network_apply(&network, root, &sample->network, &problems), 0);
	if (problems.count > 0)
		fail_msg("%s", problems.texts[0]);
}

static bool need_namespace(void)
{
	if (tap >= 0)
		return true;
	skip();
	return false;
}

static void test_both_families(void **state)
{
	char path[sizeof(root) + 32];
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	for (int twice = 0; twice < 2; twice++) {
		applied(&sample);
		assert_true(has_address4(guest4));
		assert_true(has_address6());
		/* Destination 0, gateway 10.200.0.6, flags up and gateway. */
		assert_true(has_line("/proc/self/net/route", "card\t00000000\t0600C80A\t0003"));
		/* Not tentative: it is good at once. No other address: none of the kernel's. */
		assert_true(has_line("/proc/self/net/if_inet6", " 7f 00 82     card"));
		assert_false(has_line("/proc/self/net/if_inet6", "fe80"));
		assert_true(
			has_line("/proc/self/net/if_inet6", "00000000000000000000000000000001"));
	}
	assert_true(has_line("/proc/sys/net/ipv6/conf/card/accept_ra", "0"));
	snprintf(path, sizeof(path), "%s/etc/resolv.conf", root);
	assert_true(has_line(path, "nameserver 10.200.0.6\n"));
}

static void test_another_address(void **state)
{
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	applied(&sample);
	sample_make(&sample, other4, other_gateway4);
	sample.card.n_addresses = sample.card.n_routes = 1;
	applied(&sample);
	assert_true(has_address4(other4));
	assert_false(has_address4(guest4));
	assert_false(has_address6());
	assert_true(has_line("/proc/self/net/route", "card\t00000000\t0800C80A\t0003"));
	assert_false(has_line("/proc/self/net/route", "0600C80A"));
}

static void test_offline_and_back(void **state)
{
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	applied(&sample);
	sample.card.n_addresses = sample.card.n_routes = 0;
	applied(&sample);
	assert_false(has_address4(guest4));
	assert_false(has_address6());
	assert_false(has_line("/proc/self/net/route", "card"));
	sample_make(&sample, guest4, gateway4);
	applied(&sample);
	assert_true(has_address4(guest4));
	assert_true(has_address6());
	assert_true(has_line("/proc/self/net/route", "card\t00000000\t0600C80A\t0003"));
}

static void test_no_such_card(void **state)
{
	uint8_t nobody[6] = {0x02, 1, 2, 3, 4, 5};
	struct problems problems = {0};
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	sample.card.mac.data = nobody;
	assert_int_equal(network_apply(&network, root, &sample.network, &problems), 0);
	assert_int_equal(problems.count, 1);
	assert_string_equal(
		problems.texts[0], "network: no network card has the address 02:01:02:03:04:05");
}

/* ---- a netvm ---- */

static const char netvm_table[] =
	"table inet vmsilo {\n" /* whose it is: # progname NAME */
	"\tflags owner\n\n"
	"\tchain input {\n"
	"\t\ttype filter hook input priority 0; policy accept;\n"
	"\t\tiif \"clients\" ct state 0x2,0x4 accept\n"
	"\t\tiif \"clients\" meta l4proto 1 accept\n"
	"\t\tiif \"clients\" meta l4proto 58 accept\n"
	"\t\tiif \"clients\" ip daddr 10.200.0.6 udp dport 53 accept\n"
	"\t\tiif \"clients\" ip daddr 10.200.0.6 tcp dport 53 accept\n"
	"\t\tiif \"clients\" tcp dport 3128 accept\n"
	"\t\tiif \"clients\" udp dport 53 accept\n"
	"\t\tiif \"clients\" drop\n"
	"\t}\n\n"
	"\tchain forward {\n"
	"\t\ttype filter hook forward priority 0; policy accept;\n"
	"\t\tiif \"clients\" tcp flags 0x2 / 0x2,0x4 tcp option maxseg size set rt mtu\n"
	"\t\toif \"clients\" iif \"clients\" drop\n"
	"\t\toif \"clients\" ct state 0x2,0x4 accept\n"
	"\t\toif \"clients\" drop\n"
	"\t}\n\n"
	"\tchain destinations {\n"
	"\t\ttype nat hook prerouting priority -100; policy accept;\n"
	"\t\tiif \"clients\" ip daddr 10.200.0.9 udp dport 53 dnat ip to 10.200.0.6\n"
	"\t\tiif \"clients\" ip daddr 10.200.0.9 tcp dport 53 dnat ip to 10.200.0.6\n"
	"\t}\n\n"
	"\tchain sources {\n"
	"\t\ttype nat hook postrouting priority 100; policy accept;\n"
	"\t\tiif \"clients\" oif != \"clients\" masquerade\n"
	"\t}\n"
	"}\n";

static void command_prints(const char *command, const char *expected)
{
	char text[4096] = "";
	FILE *pipe = popen(command, "re");

	assert_non_null(pipe);
	size_t length = fread(text, 1, sizeof(text) - 1, pipe);
	text[length] = '\0';
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(text, expected);
}

#define NFT_LIST NFT "-nn list table inet vmsilo | sed 's/ # progname.*//'"

static void ports_make(struct sample *sample, Vmsilo__Control__ClientPort ports[2],
	Vmsilo__Control__ClientPort *list[2])
{
	static const struct {
		uint32_t protocol, port;
	} own[] = {{IPPROTO_TCP, 3128}, {IPPROTO_UDP, 53}};

	for (size_t i = 0; i < 2; i++) {
		vmsilo__control__client_port__init(&ports[i]);
		ports[i].protocol = own[i].protocol;
		ports[i].port = own[i].port;
		list[i] = &ports[i];
	}
	sample->network.client_ports = list;
	sample->network.n_client_ports = 2;
}

static void test_wrong_ports_refused(void **state)
{
	static const uint32_t wrong[][2] = {
		{IPPROTO_ICMP, 1}, {IPPROTO_TCP, 0}, {IPPROTO_UDP, 65536}, {262, 1}};
	Vmsilo__Control__ClientPort ports[2], *list[2];
	struct sample sample;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		sample_make(&sample, guest4, gateway4);
		ports_make(&sample, ports, list);
		ports[1].protocol = wrong[i][0];
		ports[1].port = wrong[i][1];
		refused(&sample);
	}
	sample_make(&sample, guest4, gateway4);
	ports_make(&sample, ports, list);
	sample.network.n_client_ports = NETWORK_CLIENT_PORTS_MAX + 1;
	refused(&sample);
}

/* As nft(8) reads it back; what it has beside that is not touched, and to say it again changes
 * nothing. Nor does what others do: the cards get other names, and all rules are removed. */
static void test_netvm(void **state)
{
	Vmsilo__Control__Card down;
	Vmsilo__Control__Address address;
	Vmsilo__Control__Address *addresses[] = {&address};
	Vmsilo__Control__ClientPort ports[2], *port_list[2];
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	vmsilo__control__card__init(&down);
	vmsilo__control__address__init(&address);
	down.mac = (ProtobufCBinaryData)BYTES(down_mac);
	address.address = (ProtobufCBinaryData)BYTES(other4);
	address.prefix = 31;
	down.addresses = addresses;
	down.n_addresses = 1;
	sample.cards[1] = &down;
	sample.network.masquerade = true;
	refused(&sample);
	sample.network.n_cards = 2;
	ports_make(&sample, ports, port_list);
	command_prints(NFT "add table inet foreign", "");
	for (int twice = 0; twice < 2; twice++) {
		applied(&sample);
		command_prints(NFT_LIST, netvm_table);
	}
	command_prints(NFT "list tables", "table inet foreign\ntable inet vmsilo\n");
	/* Without one it could not ask for a neighbour in the name of a client. */
	assert_true(has_line("/proc/self/net/if_inet6", "fe80"));
	assert_true(has_line("/proc/sys/net/ipv4/ip_forward", "1"));
	assert_true(has_line("/proc/sys/net/ipv6/conf/all/forwarding", "1"));
	assert_int_equal(
		system("ip link set clients name other && ip link set other name clients"), 0);
	assert_int_equal(system(NFT "flush ruleset"), 0);
	command_prints(NFT_LIST, netvm_table);
	applied(&sample);
	command_prints(NFT "list tables", "table inet vmsilo\n");
	network_finish(&network);
	command_prints(NFT "list tables", "");
}

/* ---- others who set cards up ---- */

static void test_unmanaged(void **state)
{
	char command[3 * sizeof(root) + 128];
	struct sample sample;

	(void)state;
	if (!need_namespace())
		return;
	sample_make(&sample, guest4, gateway4);
	applied(&sample);
	snprintf(command, sizeof(command), "ls %s", root);
	command_prints(command, "etc\n");
	snprintf(command, sizeof(command),
		"mkdir -p %s/usr/lib/systemd && touch %s/usr/lib/systemd/systemd", root, root);
	assert_int_equal(system(command), 0);
	applied(&sample);
	snprintf(command, sizeof(command), "tail -qn +2 %s/run/systemd/network/*", root);
	command_prints(command,
		"[Match]\nMACAddress=02:00:00:00:00:77\nKind=!*\n\n[Link]\nUnmanaged=yes\n");
	snprintf(command, sizeof(command), "tail -qn +2 %s/run/NetworkManager/conf.d/*", root);
	command_prints(command, "[device-vmsilo]\nmatch-device=mac:02:00:00:00:00:77\nmanaged=0\n");
}

/* ---- a guest ---- */

static int card_make(const char *name, const uint8_t address[6])
{
	struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
	int card = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (card >= 0 && ioctl(card, TUNSETIFF, &request) < 0) {
		close(card);
		return -1;
	}
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_hwaddr.sa_family = 1; /* ARPHRD_ETHER */
	memcpy(request.ifr_hwaddr.sa_data, address, 6);
	if (card >= 0)
		assert_int_equal(ioctl(fd, SIOCSIFHWADDR, &request), 0);
	close(fd);
	return card;
}

static int guest_make(void **state)
{
	char etc[sizeof(root) + 8];

	(void)state;
	network_init(&network);
	assert_non_null(mkdtemp(root));
	snprintf(etc, sizeof(etc), "%s/etc", root);
	assert_int_equal(mkdir(etc, 0755), 0);
	if (unshare(CLONE_NEWNET) < 0)
		return 0;
	tap = card_make("card", mac);
	card_make("clients", down_mac);
	return 0;
}

static int guest_remove(void **state)
{
	char command[sizeof(root) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_many_refused),
		cmocka_unit_test(test_wrong_ports_refused),
		cmocka_unit_test(test_both_families),
		cmocka_unit_test(test_another_address),
		cmocka_unit_test(test_offline_and_back),
		cmocka_unit_test(test_no_such_card),
		cmocka_unit_test(test_netvm),
		cmocka_unit_test(test_unmanaged),
	};

	return cmocka_run_group_tests(tests, guest_make, guest_remove);
}
