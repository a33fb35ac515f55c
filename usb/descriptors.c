#include "usb/descriptors.h"

#include <string.h>
#include <uv.h>

#define TYPE_DEVICE 1
#define TYPE_CONFIGURATION 2
#define TYPE_INTERFACE 4
#define TYPE_ENDPOINT 5

#define DEVICE_SIZE 18
#define CONFIGURATION_SIZE 9
#define INTERFACE_SIZE 9
#define ENDPOINT_SIZE 7

struct parser {
	struct descriptors *out;
	bool in_configuration;
	uint8_t configuration;
	struct descriptors_setting *setting; /* whose endpoints come; NULL: they are left out */
};

static void on_configuration(struct parser *parser, const uint8_t *bytes)
{
	uint8_t value = bytes[5];

	parser->in_configuration = true;
	parser->configuration = value;
	parser->setting = NULL;
	parser->out->configurations[value / 32] |= UINT32_C(1) << value % 32;
}

static void on_interface(struct parser *parser, const uint8_t *bytes)
{
	struct descriptors *out = parser->out;

	parser->setting = NULL;
	if (!parser->in_configuration || bytes[2] >= DESCRIPTORS_INTERFACES_MAX ||
		out->settings_count == DESCRIPTORS_SETTINGS_MAX ||
		descriptors_find(out, parser->configuration, bytes[2], bytes[3]))
		return;
	parser->setting = &out->settings[out->settings_count++];
	*parser->setting = (struct descriptors_setting){
		.configuration = parser->configuration,
		.interface = bytes[2],
		.alternate = bytes[3],
		.first = (uint16_t)out->endpoints_count,
	};
}

static void on_endpoint(struct parser *parser, const uint8_t *bytes)
{
	struct descriptors *out = parser->out;

	/* Endpoint 0 is the device's own, even if an interface claims it. */
	if (!parser->setting || out->endpoints_count == DESCRIPTORS_ENDPOINTS_MAX ||
		(bytes[2] & 0x0f) == 0)
		return;
	out->endpoints[out->endpoints_count++] = (struct endpoint){
		.address = bytes[2] & 0x8f,
		.type = (enum endpoint_type)(bytes[3] & 3),
	};
	parser->setting->count++;
}

int descriptors_parse(const uint8_t *bytes, size_t length, struct descriptors *ret)
{
	struct parser parser = {.out = ret};

	memset(ret, 0, sizeof(*ret));
	if (length < DEVICE_SIZE || bytes[0] != DEVICE_SIZE || bytes[1] != TYPE_DEVICE)
		return UV_EINVAL;
	for (size_t at = DEVICE_SIZE; length - at >= 2;) {
		size_t size = bytes[at];
		if (size < 2 || size > length - at)
			break;
		if (bytes[at + 1] == TYPE_CONFIGURATION && size >= CONFIGURATION_SIZE)
			on_configuration(&parser, bytes + at);
		else if (bytes[at + 1] == TYPE_INTERFACE && size >= INTERFACE_SIZE)
			on_interface(&parser, bytes + at);
		else if (bytes[at + 1] == TYPE_ENDPOINT && size >= ENDPOINT_SIZE)
			on_endpoint(&parser, bytes + at);
		at += size;
	}
	return 0;
}

bool descriptors_has_configuration(const struct descriptors *descriptors, uint8_t value)
{
	return descriptors->configurations[value / 32] >> value % 32 & 1;
}

const struct descriptors_setting *descriptors_find(const struct descriptors *descriptors,
	uint8_t configuration, uint8_t interface, uint8_t alternate)
{
	for (size_t i = 0; i < descriptors->settings_count; i++) {
		const struct descriptors_setting *setting = &descriptors->settings[i];
		if (setting->configuration == configuration && setting->interface == interface &&
			setting->alternate == alternate)
			return setting;
	}
	return NULL;
}
