/*
 * What a device says of itself (USB 2.0, 9.6), as usbfs gives it: the device's descriptor, then
 * each configuration's whole block. The device is not trusted either: lengths are checked, and what
 * is beyond the limits is left out. Pure.
 */
#ifndef VMSILO_USB_DESCRIPTORS_H
#define VMSILO_USB_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DESCRIPTORS_SIZE_MAX (64 * 1024) /* bytes that are read of a device */
#define DESCRIPTORS_INTERFACES_MAX 32    /* of a configuration: the kernel's limit */
#define DESCRIPTORS_SETTINGS_MAX 512     /* interfaces' alternate settings, all configurations */
#define DESCRIPTORS_ENDPOINTS_MAX 1024   /* of all settings */

/* The low two bits of bmAttributes. */
enum endpoint_type { ENDPOINT_CONTROL, ENDPOINT_ISOCHRONOUS, ENDPOINT_BULK, ENDPOINT_INTERRUPT };

struct endpoint {
	uint8_t address; /* number, and 0x80 for IN */
	enum endpoint_type type;
};

struct descriptors_setting {
	uint8_t configuration; /* bConfigurationValue */
	uint8_t interface;
	uint8_t alternate;
	uint16_t first; /* of its endpoints */
	uint16_t count;
};

struct descriptors {
	struct descriptors_setting settings[DESCRIPTORS_SETTINGS_MAX];
	size_t settings_count;
	struct endpoint endpoints[DESCRIPTORS_ENDPOINTS_MAX];
	size_t endpoints_count;
	uint32_t configurations[8]; /* a bit for each bConfigurationValue that is there */
};

/* UV_EINVAL when there is not even a device's descriptor. */
int descriptors_parse(const uint8_t *bytes, size_t length, struct descriptors *ret);
bool descriptors_has_configuration(const struct descriptors *descriptors, uint8_t value);
/* NULL when there is none. */
const struct descriptors_setting *descriptors_find(const struct descriptors *descriptors,
	uint8_t configuration, uint8_t interface, uint8_t alternate);

#endif
