/* What a VM may show on the desktop: its `tray` and `notifications` keys, read and checked. Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_TRAY_H
#define VMSILO_BROKER_CONFIG_TRAY_H

#include <cyaml/cyaml.h>

#include "host-broker/config/config.h"
#include "host-broker/config/switch.h"

#define TRAY_ITEMS_DEFAULT 32
#define TRAY_RATE_DEFAULT 100
#define NOTIFICATION_RATE_DEFAULT 60
#define TRAY_RATE_MIN 10 /* less, and a menu could not cross */
#define TRAY_RATE_MAX 10000
#define NOTIFICATION_RATE_MAX 6000

/* NULL: the key is not there. */
struct file_tray {
	int *items, *notifications; /* 1: on */
	const char *items_max, *rate, *notification_rate;
};

/* To stand among the keys of a VM: structure has a struct file_tray called tray. */
#define CONFIG_TRAY_NUMBER(key, structure, member) \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, member, \
		0, CYAML_UNLIMITED)
#define CONFIG_TRAY_FIELDS(structure) \
	CONFIG_SWITCH("tray", structure, tray.items), \
		CONFIG_SWITCH("notifications", structure, tray.notifications), \
		CONFIG_TRAY_NUMBER("tray_items", structure, tray.items_max), \
		CONFIG_TRAY_NUMBER("tray_rate", structure, tray.rate), \
		CONFIG_TRAY_NUMBER("notification_rate", structure, tray.notification_rate)

/* What is expected at one of these keys; NULL: it is none of them. */
const char *config_tray_expected(const char *key);
/* On failure UV_EINVAL, and the key. */
int config_tray_make(const struct file_tray *file, struct tray_config *ret, const char **ret_key);

#endif
