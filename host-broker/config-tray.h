/* What a VM may show on the desktop: its `tray` and `notifications` keys, read and checked. Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_TRAY_H
#define VMSILO_BROKER_CONFIG_TRAY_H

#include <cyaml/cyaml.h>

#include "host-broker/config.h"

#define TRAY_ITEMS_DEFAULT 32
#define TRAY_RATE_DEFAULT 100
#define NOTIFICATION_RATE_DEFAULT 60
#define TRAY_RATE_MIN 10 /* less, and a menu could not cross */
#define TRAY_RATE_MAX 10000
#define NOTIFICATION_RATE_MAX 6000

/* NULL: the key is not there. */
struct file_tray {
	int *items, *notifications; /* 1: on */
	uint32_t *items_max, *rate, *notification_rate;
};

/* To stand among the keys of a VM: structure has a struct file_tray called tray. */
#define CONFIG_TRAY_FIELDS(structure) \
	CYAML_FIELD_ENUM_PTR("tray", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, \
		structure, tray.items, config_switch_names, CONFIG_SWITCH_NAMES), \
		CYAML_FIELD_ENUM_PTR("notifications", \
			CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, structure, \
			tray.notifications, config_switch_names, CONFIG_SWITCH_NAMES), \
		CYAML_FIELD_UINT_PTR("tray_items", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
			structure, tray.items_max), \
		CYAML_FIELD_UINT_PTR("tray_rate", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
			structure, tray.rate), \
		CYAML_FIELD_UINT_PTR("notification_rate", \
			CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, \
			tray.notification_rate)

#define CONFIG_SWITCH_NAMES 4
extern const cyaml_strval_t config_switch_names[CONFIG_SWITCH_NAMES];

/* What is expected at one of these keys; NULL: it is none of them. */
const char *config_tray_expected(const char *key);
/* On failure UV_EINVAL, and the key. */
int config_tray_make(const struct file_tray *file, struct tray_config *ret, const char **ret_key);

#endif
