#include "host-broker/config/usb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/config/table.h"
#include "host-broker/config/usb-selector.h"
#include "proto/base/text.h"

#define SERIAL_MAX 126 /* characters of a string descriptor */
#define ANY (-1)

/* usb.org's defined class codes that people look for. */
static const struct {
	const char *name;
	int number;
} classes[] = {
	{"audio", 0x01},
	{"communication", 0x02},
	{"hid", 0x03},
	{"image", 0x06},
	{"printer", 0x07},
	{"storage", 0x08},
	{"hub", 0x09},
	{"smart-card", 0x0b},
	{"video", 0x0e},
	{"wireless", 0xe0},
	{"vendor-specific", 0xff},
};

/* ---- hexadecimal digits, as many as the row's max; the member is an int ---- */

static int hex_set(const struct key *key, const char *text, void *member)
{
	*(int *)member = ANY;
	if (!text)
		return 0;
	if (strlen(text) != key->max || strspn(text, "0123456789abcdefABCDEF") != key->max)
		return UV_EINVAL;
	*(int *)member = (int)strtoul(text, NULL, 16);
	return 0;
}

static int class_set(const struct key *key, const char *text, void *member)
{
	for (size_t i = 0; text && i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(classes[i].name, text) == 0) {
			*(int *)member = classes[i].number;
			return 0;
		}
	return hex_set(key, text, member);
}

static bool hex_is_unset(const struct key *key, const void *member)
{
	(void)key;
	return *(const int *)member == ANY;
}

static json_t *hex_print(const struct key *key, const void *member)
{
	char text[16];

	snprintf(text, sizeof(text), "%0*x", (int)key->max, (unsigned int)*(const int *)member);
	return json_string(text);
}

static bool hex_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return *(const int *)one == *(const int *)other;
}

static const struct key_type key_hex = {
	.form = KEY_TEXT,
	.size = sizeof(int),
	.set = hex_set,
	.is_unset = hex_is_unset,
	.print = hex_print,
	.equal = hex_equal,
};

static const struct key_type key_class = {
	.form = KEY_TEXT,
	.size = sizeof(int),
	.set = class_set,
	.is_unset = hex_is_unset,
	.print = hex_print,
	.equal = hex_equal,
};

/* ---- the tables ---- */

static bool is_serial(const char *text)
{
	return strlen(text) <= SERIAL_MAX && text_is_utf8(text, strlen(text));
}

static const struct key match_rows[] = {
	{"vendor", &key_hex, KEY_AT(struct usb_rule, vendor), .max = 4, .otherwise = "any",
		.expected = "four hexadecimal digits, such as 0951"},
	{"product", &key_hex, KEY_AT(struct usb_rule, product), .max = 4, .otherwise = "any",
		.expected = "four hexadecimal digits, such as 1666"},
	{"serial", &key_text, KEY_AT(struct usb_rule, serial), .check = is_serial,
		.otherwise = "any", .expected = "a serial number as vmsilo-usb shows it"},
	{"class", &key_class, KEY_AT(struct usb_rule, class), .max = 2, .otherwise = "any",
		.expected = "two hexadecimal digits, or audio, communication, hid, image, "
			    "printer, storage, hub, smart-card, video, wireless, vendor-specific"},
	{"port", &key_text, KEY_AT(struct usb_rule, port), .check = usb_path_valid,
		.otherwise = "any", .expected = "a bus and ports such as 1-2.3"},
};

static const struct key_table match_keys = {KEY_ROWS(match_rows), .size = sizeof(struct usb_rule)};

static const cyaml_strval_t action_items[] = {
	{"auto", USB_AUTO}, {"ask", USB_ASK}, {"allow", USB_ALLOW}, {"deny", USB_DENY}};
static const struct key_names action_names = {action_items, CYAML_ARRAY_LEN(action_items), false};

/* In memory what it matches lies in the rule itself. */
static const struct key rule_rows[] = {
	{"match", &key_mapping, .offset = 0, .table = &match_keys, .expected = "some of the keys",
		.otherwise = "any device"},
	{"attach", &key_choice, KEY_AT(struct usb_rule, action), .names = &action_names,
		.needed = true, .expected = "auto, ask, allow or deny"},
};

const struct key_table config_usb_keys = {KEY_ROWS(rule_rows), .size = sizeof(struct usb_rule)};
