/*
 * The numbers of notifications in the guest. Pure.
 *
 * A program that names a number to replace keeps it, whoever gave it out, as the Desktop
 * Notifications Specification says: `notify-send -r 2593` again and again is one notification. One
 * with a tag gets the number that the last one of the same program with the same tag had, unless it
 * names another. Fresh numbers are none of those that programs chose.
 */
#ifndef VMSILO_TRAY_MODEL_NOTIFY_IDS_H
#define VMSILO_TRAY_MODEL_NOTIFY_IDS_H

#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

#define NOTIFY_TAG_SIZE 64 /* more of it tells nothing apart */
#define NOTIFY_TAGS_MAX 32 /* remembered, the newest */
#define NOTIFY_CHOSEN_MAX 64

struct notify_tag {
	char app_name[TRAY_LABEL_MAX + 1];
	char tag[NOTIFY_TAG_SIZE];
	uint32_t id; /* 0: a place that is free */
};

struct notify_ids {
	uint32_t last;                      /* given out */
	uint32_t chosen[NOTIFY_CHOSEN_MAX]; /* by programs, and not given out; 0: free */
	struct notify_tag tags[NOTIFY_TAGS_MAX];
	size_t chosen_next, tags_next; /* places to be taken next */
};

/* replaces: 0 for none; tag: "" for none. Never 0. */
uint32_t notify_ids_choose(
	struct notify_ids *ids, uint32_t replaces, const char *app_name, const char *tag);

#endif
