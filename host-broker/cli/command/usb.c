#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json, move, force;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "with list: as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{'m', "move", NULL, "with attach: even if another VM has it", OPTION_FLAG,
		offsetof(struct values, move), NULL},
	{'f', "force", NULL, "with attach: even a hub, keyboard, mouse, or disk in use",
		OPTION_FLAG, offsetof(struct values, force), NULL},
	{0},
};

/* ---- list ---- */

static const char *class_name(uint32_t class)
{
	static const struct {
		uint32_t class;
		const char *name;
	} names[] = {{0x01, "audio"}, {0x02, "communication"}, {0x03, "hid"}, {0x05, "physical"},
		{0x06, "image"}, {0x07, "printer"}, {0x08, "storage"}, {0x09, "hub"},
		{0x0a, "data"}, {0x0b, "smart-card"}, {0x0d, "security"}, {0x0e, "video"},
		{0x0f, "health"}, {0x10, "audio-video"}, {0xe0, "wireless"}, {0xef, "other"},
		{0xfe, "application"}, {0xff, "vendor-specific"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].class == class)
			return names[i].name;
	return "?";
}

static void classes_format(const Vmsilo__Broker__UsbDevice *device, char *out, size_t size)
{
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < device->n_classes && length < size; i++)
		length += (size_t)snprintf(out + length, size - length, "%s%s", i > 0 ? "," : "",
			class_name(device->classes[i]));
}

static void device_print(const Vmsilo__Broker__UsbDevice *device)
{
	char classes[64], name[160], printable[512], node[16];

	classes_format(device, classes, sizeof(classes));
	snprintf(name, sizeof(name), "%.70s%s%.70s", device->manufacturer,
		device->manufacturer[0] && device->name[0] ? " " : "", device->name);
	snprintf(node, sizeof(node), "%u.%u", device->bus, device->device);
	text_escape(printable, sizeof(printable), name, strlen(name));
	printf("%-10s %04x:%04x %-7s %-6s %-16s %-12s %s\n", device->path, device->vendor,
		device->product, node, device->speed, classes, device->vm[0] ? device->vm : "-",
		printable);
}

static void list_print(const Vmsilo__Broker__UsbDevices *devices)
{
	printf("%-10s %-9s %-7s %-6s %-16s %-12s %s\n", "PORT", "ID", "NODE", "MBIT/S", "CLASS",
		"VM", "NAME");
	for (size_t i = 0; i < devices->n_devices; i++)
		device_print(devices->devices[i]);
}

static json_t *device_json(const Vmsilo__Broker__UsbDevice *device)
{
	json_t *classes = json_array();
	char vendor[5], product[5];

	for (size_t i = 0; i < device->n_classes; i++)
		json_array_append_new(classes, json_string(class_name(device->classes[i])));
	snprintf(vendor, sizeof(vendor), "%04x", device->vendor & 0xffff);
	snprintf(product, sizeof(product), "%04x", device->product & 0xffff);
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:s}",
		"port", device->path, "bus", (json_int_t)device->bus, "device",
		(json_int_t)device->device, "vendor", vendor, "product", product, "manufacturer",
		device->manufacturer, "name", device->name, "serial", device->serial, "speed",
		device->speed, "classes", classes, "vm", device->vm, "state", device->state, "kept",
		device->kept);
}

static void list_print_json(const Vmsilo__Broker__UsbDevices *devices)
{
	json_t *root = json_array();

	for (size_t i = 0; i < devices->n_devices; i++)
		json_array_append_new(root, device_json(devices->devices[i]));
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static int list(const struct values *values)
{
	Vmsilo__Broker__UsbList request = VMSILO__BROKER__USB_LIST__INIT;
	struct broker_answer answer;
	int exit_code = ask(true, FRAME_USB_LIST, &request.base, FRAME_USB_DEVICES, &answer);

	if (exit_code != 0)
		return exit_code;
	if (values->json)
		list_print_json((const Vmsilo__Broker__UsbDevices *)answer.message);
	else
		list_print((const Vmsilo__Broker__UsbDevices *)answer.message);
	message_free(answer.message);
	return 0;
}

/* ---- attach and detach ---- */

static int attach(const struct values *values, char **operands)
{
	Vmsilo__Broker__UsbLend request = VMSILO__BROKER__USB_LEND__INIT;

	request.vm = operands[0];
	request.device = operands[1];
	request.move = values->move;
	request.force = values->force;
	return ask_done(true, FRAME_USB_LEND, &request.base);
}

static int detach(char **operands, int count)
{
	Vmsilo__Broker__UsbReturn request = VMSILO__BROKER__USB_RETURN__INIT;

	request.vm = count == 2 ? operands[0] : "";
	request.device = operands[count - 1];
	return ask_done(true, FRAME_USB_RETURN, &request.base);
}

static int run(int argc, char **argv)
{
	struct values values = {0};
	char **operands;
	int count = 0;
	int exit_code = options_parse(&command_usb, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	while (operands[count])
		count++;
	const char *verb = count > 0 ? operands[0] : "list";
	if (strcmp(verb, "list") == 0 && count <= 1)
		return list(&values);
	if (strcmp(verb, "attach") == 0 && count == 3)
		return attach(&values, operands + 1);
	if (strcmp(verb, "detach") == 0 && (count == 2 || count == 3))
		return detach(operands + 1, count - 1);
	fputs("vmsilo-usb: expected list, attach VM DEVICE, or detach [VM] DEVICE; "
	      "try: vmsilo-usb --help\n",
		stderr);
	return EXIT_VMSILO;
}

const struct command command_usb = {
	.name = "usb",
	.program = "vmsilo-usb",
	.summary = "list USB devices, attach one to a VM, detach it",
	.operands = "[VERB] [ARGUMENT...]",
	.text = "  vmsilo-usb [list]             list the devices, and which VM has which\n  "
		"vmsilo-usb attach VM DEVICE   attach one; the VM is started if necessary\n  "
		"vmsilo-usb detach [VM] DEVICE\n\n"
		"DEVICE is vid:pid (0951:1666), bus and ports (1-2.3), or bus.device (1.12).\n",
	.options = options,
	.run = run,
};
