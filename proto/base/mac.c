#include "proto/base/mac.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool mac_parse(const char *text, uint8_t ret[6])
{
	if (strlen(text) != MAC_TEXT_SIZE - 1)
		return false;
	for (size_t i = 0; i < 6; i++) {
		const char *at = text + 3 * i;
		if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]) ||
			(i < 5 && at[2] != ':'))
			return false;
		ret[i] = (uint8_t)strtoul((const char[]){at[0], at[1], '\0'}, NULL, 16);
	}
	return (ret[0] & 3) == 2;
}

void mac_print(const uint8_t mac[6], char ret[MAC_TEXT_SIZE])
{
	snprintf(ret, MAC_TEXT_SIZE, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}
