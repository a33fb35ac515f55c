/*
 * The tables of all keys. A new key is a row of table.c beside a member of its struct in config.h;
 * reading, checking, printing, comparing, the record of a running VM and what a reload says follow
 * from the row. unit/config-table walks the rows, unit/config-page holds vmsilo.yaml(5) to them.
 */
#ifndef VMSILO_BROKER_CONFIG_TABLE_H
#define VMSILO_BROKER_CONFIG_TABLE_H

#include "host-broker/config/config.h"
#include "host-broker/config/keys.h"

#define ACCESS_NAMES_MAX 256 /* of each list: each is looked up for a request of a stranger */
#define IDLE_AFTER_MIN_MS 1000
#define IDLE_CPU_MAX 100000 /* percent: a thousand processors */
#define TRAY_RATE_MIN 10    /* less, and a menu could not cross */
#define TRAY_RATE_MAX 10000
#define NOTIFICATION_RATE_MAX 6000
#define MENU_MAX 256 /* programs of an image: tray/menu/limits.h */

extern const struct key_table config_vm_keys;     /* of struct vm_config */
extern const struct key_table config_broker_keys; /* of struct broker_config */
/* Its rows are of the file itself; their offsets mean nothing. */
extern const struct key_table config_file_keys;
enum config_file_row { CONFIG_FILE_BROKER, CONFIG_FILE_VMS };

/* A row's place, and how many rows there are. */
#define KEY_AT(structure, member) .offset = offsetof(structure, member)
#define KEY_ROWS(rows) .keys = (rows), .count = sizeof(rows) / sizeof((rows)[0])

#endif
