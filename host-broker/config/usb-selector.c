#include "host-broker/config/usb-selector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define BUS_MAX 65535
#define DEVICE_MAX 127
#define PORT_MAX 255
#define DEPTH_MAX 7

/* Digits of the base, as many as there are, of at most `most`. Returns what follows them, or NULL.
 */
static const char *number_parse(const char *text, int base, uint32_t most, uint32_t *ret)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t length = strspn(text, base == 16 ? digits : "0123456789");
	char *end;

	if (length == 0 || length > 5)
		return NULL;
	unsigned long value = strtoul(text, &end, base);
	if (end != text + length || value > most)
		return NULL;
	*ret = (uint32_t)value;
	return end;
}

bool usb_path_valid(const char *text)
{
	uint32_t number;
	const char *at = number_parse(text, 10, BUS_MAX, &number);

	if (!at || *at != '-' || strlen(text) >= USB_PATH_SIZE)
		return false;
	for (int depth = 0; depth < DEPTH_MAX; depth++) {
		at = number_parse(at + 1, 10, PORT_MAX, &number);
		if (!at || number == 0)
			return false;
		if (*at == '\0')
			return true;
		if (*at != '.')
			return false;
	}
	return false;
}

static bool id_parse(const char *text, struct usb_selector *ret)
{
	uint32_t vendor, product;
	const char *at;

	if (strlen(text) != 9 || text[4] != ':')
		return false;
	at = number_parse(text, 16, UINT16_MAX, &vendor);
	at = at == text + 4 ? number_parse(text + 5, 16, UINT16_MAX, &product) : NULL;
	if (!at || *at)
		return false;
	*ret = (struct usb_selector){
		.kind = USB_SELECT_ID, .vendor = (uint16_t)vendor, .product = (uint16_t)product};
	return true;
}

static bool node_parse(const char *text, struct usb_selector *ret)
{
	struct usb_selector selector = {.kind = USB_SELECT_NODE};
	const char *at = number_parse(text, 10, BUS_MAX, &selector.bus);

	at = at && *at == '.' ? number_parse(at + 1, 10, DEVICE_MAX, &selector.device) : NULL;
	if (!at || *at)
		return false;
	*ret = selector;
	return true;
}

int usb_selector_parse(const char *text, struct usb_selector *ret)
{
	if (id_parse(text, ret) || node_parse(text, ret))
		return 0;
	if (!usb_path_valid(text))
		return UV_EINVAL;
	*ret = (struct usb_selector){.kind = USB_SELECT_PATH};
	snprintf(ret->path, sizeof(ret->path), "%s", text);
	return 0;
}

bool usb_selector_matches(const struct usb_selector *selector, const struct usb_info *info)
{
	switch (selector->kind) {
	case USB_SELECT_ID:
		return selector->vendor == info->vendor && selector->product == info->product;
	case USB_SELECT_NODE:
		return selector->bus == info->bus && selector->device == info->device;
	default:
		return strcmp(selector->path, info->path) == 0;
	}
}
