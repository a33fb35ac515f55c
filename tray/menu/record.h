/*
 * The programs of an image, as its build recorded them (tray/programs/record.h says how). What is
 * beyond the bounds of limits.h, or is not text, is no program. Pure, but for record_load().
 */
#ifndef VMSILO_TRAY_MENU_RECORD_H
#define VMSILO_TRAY_MENU_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define RECORD_NAME "programs.json"

struct menu_program {
	const char *id;     /* text_is_service_name(); all texts are borrowed of the record */
	const json_t *name; /* an object: by locale, "" for any */
	const json_t *argv; /* an array of at least one text */
	const json_t *mime; /* an array of texts */
	const char *class;  /* "": none */
	const char *icon;   /* base64; "": none */
	bool terminal;
};

struct menu_record {
	json_t *json; /* NULL: empty */
	struct menu_program *programs;
	size_t count;
};

/* Takes json. UV_EINVAL: it is no such record. UV_ENOMEM. */
int record_from(json_t *json, struct menu_record *ret);
/* Of the image's folder. UV_ENOENT: it has none, as an image without a desktop. UV_EINVAL. */
int record_load(const char *folder, struct menu_record *ret);
void record_finish(struct menu_record *record);

/* NULL: there is none. */
const struct menu_program *record_find(const struct menu_record *record, const char *id);
/* Its name without a locale. */
const char *program_name(const struct menu_program *program);

#endif
