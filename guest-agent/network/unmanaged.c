#include "guest-agent/network/unmanaged.h"

#include <stdio.h>
#include <string.h>

#include "guest-agent/setup/files.h"
#include "proto/base/mac.h"
#include "proto/limits.h"

#define SYSTEMD "usr/lib/systemd/systemd"
#define NETWORKD_FOLDER "run/systemd/network"
#define NETWORKD_FILE NETWORKD_FOLDER "/00-vmsilo.network"
#define MANAGER_FOLDER "run/NetworkManager/conf.d"
#define MANAGER_FILE MANAGER_FOLDER "/00-vmsilo.conf"
#define HEAD "# Written by vmsilo-agent, which sets these cards up.\n"

#define CARD_SIZE (sizeof(" mac:") + MAC_TEXT_SIZE)

static void cards_list(const Vmsilo__Control__Network *message, const char *before,
	char ret[NETWORK_CARDS_MAX * CARD_SIZE])
{
	size_t used = 0;

	for (size_t i = 0; i < message->n_cards; i++) {
		char mac[MAC_TEXT_SIZE];
		mac_print(message->cards[i]->mac.data, mac);
		used += (size_t)snprintf(
			ret + used, NETWORK_CARDS_MAX * CARD_SIZE - used, "%s%s", before, mac);
	}
}

static void write_one(const char *root, const char *folder, const char *path, const char *text,
	struct problems *problems)
{
	int code = files_folder(root, folder, 0755);

	if (code == 0)
		code = files_write(root, path, text, 0644);
	if (code < 0)
		problems_add(problems, "network: cannot write /%s: %s", path, strerror(-code));
}

void unmanaged_write(
	const char *root, const Vmsilo__Control__Network *message, struct problems *problems)
{
	char cards[NETWORK_CARDS_MAX * CARD_SIZE], text[512];

	if (message->n_cards == 0 || !files_has(root, SYSTEMD))
		return;
	cards_list(message, " ", cards);
	/* Not what else has a card's address, as a bridge over it. */
	snprintf(text, sizeof(text),
		HEAD "[Match]\nMACAddress=%s\nKind=!*\n\n[Link]\nUnmanaged=yes\n", cards + 1);
	write_one(root, NETWORKD_FOLDER, NETWORKD_FILE, text, problems);
	cards_list(message, ";mac:", cards);
	snprintf(text, sizeof(text), HEAD "[device-vmsilo]\nmatch-device=%s\nmanaged=0\n",
		cards + 1);
	write_one(root, MANAGER_FOLDER, MANAGER_FILE, text, problems);
}
