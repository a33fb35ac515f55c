#include "host-broker/config/usb.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/usb-selector.h"
#include "proto/base/text.h"

#define SERIAL_MAX 126 /* characters of a string descriptor */

#define TEXT(key, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
		struct file_usb_match, member, 0, CYAML_UNLIMITED)

static const cyaml_strval_t action_names[] = {
	{"auto", USB_AUTO}, {"ask", USB_ASK}, {"allow", USB_ALLOW}, {"deny", USB_DENY}};

static const cyaml_schema_field_t match_fields[] = {
	TEXT("vendor", vendor),
	TEXT("product", product),
	TEXT("serial", serial),
	TEXT("class", class),
	TEXT("port", port),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t rule_fields[] = {
	CYAML_FIELD_MAPPING_PTR("match", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
		struct file_usb_rule, match, match_fields),
	CYAML_FIELD_ENUM("attach", CYAML_FLAG_STRICT, struct file_usb_rule, attach, action_names,
		CYAML_ARRAY_LEN(action_names)),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t config_usb_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct file_usb_rule, rule_fields),
};

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

static const struct {
	const char *key, *expected;
} expectations[] = {
	{"usb", "a list of rules, such as {match: {class: storage}, attach: auto}"},
	{"match", "some of the keys vendor, product, serial, class, port"},
	{"attach", "auto, ask, allow or deny"},
	{"vendor", "four hexadecimal digits, such as 0951"},
	{"product", "four hexadecimal digits, such as 1666"},
	{"serial", "a serial number as vmsilo-usb shows it"},
	{"class", "two hexadecimal digits, or audio, communication, hid, image, printer, storage, "
		  "hub, smart-card, video, wireless, vendor-specific"},
	{"port", "a bus and ports such as 1-2.3"},
};

const char *config_usb_expected(const char *key)
{
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++)
		if (strcmp(expectations[i].key, key) == 0)
			return expectations[i].expected;
	return NULL;
}

/* -1 for any; UV_EINVAL. */
static int hex_parse(const char *text, size_t digits, int *ret)
{
	*ret = -1;
	if (!text)
		return 0;
	if (strlen(text) != digits || strspn(text, "0123456789abcdefABCDEF") != digits)
		return UV_EINVAL;
	*ret = (int)strtoul(text, NULL, 16);
	return 0;
}

static int class_parse(const char *text, int *ret)
{
	for (size_t i = 0; text && i < sizeof(classes) / sizeof(classes[0]); i++)
		if (strcmp(classes[i].name, text) == 0) {
			*ret = classes[i].number;
			return 0;
		}
	return hex_parse(text, 2, ret);
}

static bool serial_valid(const char *text)
{
	return strlen(text) <= SERIAL_MAX && text_is_utf8(text, strlen(text));
}

/* Returns the key that is wrong, or NULL. */
static const char *match_parse(const struct file_usb_match *file, struct usb_rule *rule)
{
	if (hex_parse(file->vendor, 4, &rule->vendor) < 0)
		return "vendor";
	if (hex_parse(file->product, 4, &rule->product) < 0)
		return "product";
	if (class_parse(file->class, &rule->class) < 0)
		return "class";
	if (file->serial && !serial_valid(file->serial))
		return "serial";
	return file->port && !usb_path_valid(file->port) ? "port" : NULL;
}

static int rule_make(const struct file_usb_rule *file, struct usb_rule *rule, const char **ret_key)
{
	static const struct file_usb_match any = {0};
	const struct file_usb_match *match = file->match ? file->match : &any;

	rule->action = file->attach;
	rule->serial = strdup(match->serial ? match->serial : "");
	rule->port = strdup(match->port ? match->port : "");
	*ret_key = match_parse(match, rule);
	if (*ret_key)
		return UV_EINVAL;
	return rule->serial && rule->port ? 0 : UV_ENOMEM;
}

int config_usb_make(const struct file_usb_rule *file, size_t count, struct usb_rule **ret_rules,
	const char **ret_key)
{
	struct usb_rule *rules = calloc(count + 1, sizeof(*rules));
	int code = rules ? 0 : UV_ENOMEM;

	for (size_t i = 0; code == 0 && i < count; i++)
		code = rule_make(&file[i], &rules[i], ret_key);
	if (code < 0)
		config_usb_free(rules, count);
	else
		*ret_rules = rules;
	return code;
}

void config_usb_free(struct usb_rule *rules, size_t count)
{
	for (size_t i = 0; rules && i < count; i++) {
		free((char *)rules[i].serial);
		free((char *)rules[i].port);
	}
	free(rules);
}
