#include "proto/copy/record.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#define FIELDS_MAX 5
#define COUNTS_SIZE 40

enum field {
	NO_FIELD,
	VERSION,
	ITEMS,
	IS_FOLDER,
	MODE,
	TIME,
	SIZE,
	NAME, /* a byte of length, and the name */
	COUNTS,
	BODY, /* the rest */
};

static const struct rule {
	enum copy_type type;
	uint32_t body_min, body_max;
	enum field fields[FIELDS_MAX];
} rules[] = {
	{COPY_BEGIN, 0, 0, {VERSION, ITEMS}},
	{COPY_ITEM, 0, 0, {IS_FOLDER, NAME}},
	{COPY_FOLDER, 0, 0, {MODE, TIME, NAME}},
	{COPY_FOLDER_END, 0, 0, {NO_FIELD}},
	{COPY_FILE, 0, 0, {MODE, TIME, NAME}},
	{COPY_DATA, 1, COPY_DATA_MAX, {BODY}},
	{COPY_HOLE, 0, 0, {SIZE}},
	{COPY_LINK, 1, COPY_TARGET_MAX, {TIME, NAME, BODY}},
	{COPY_SKIPPED, 0, 0, {NO_FIELD}},
	{COPY_END, 0, 0, {NO_FIELD}},
	{COPY_ABORT, 0, COPY_TEXT_MAX, {BODY}},
	{COPY_FILE_END, 0, 0, {NO_FIELD}},
	{COPY_GO, 1, COPY_ITEMS_MAX, {BODY}},
	{COPY_COUNTS, 0, 0, {COUNTS}},
	{COPY_DONE, 0, 0, {COUNTS}},
	{COPY_ERROR, 0, COPY_TEXT_MAX, {BODY}},
};

/* How long a field is at least: names and bodies have a length of their own. */
static const uint32_t sizes[] = {[VERSION] = 4,
	[ITEMS] = 4,
	[IS_FOLDER] = 4,
	[MODE] = 4,
	[TIME] = 12,
	[SIZE] = 8,
	[NAME] = 1,
	[COUNTS] = COUNTS_SIZE,
	[BODY] = 0};

static const struct rule *rule_find(uint8_t type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

static bool length_is_possible(const struct rule *rule, uint32_t untrusted_length)
{
	uint32_t fixed = 0;
	bool has_name = false;

	for (int i = 0; i < FIELDS_MAX; i++) {
		fixed += sizes[rule->fields[i]];
		has_name = has_name || rule->fields[i] == NAME;
	}
	return untrusted_length >= fixed + rule->body_min &&
	       untrusted_length <= fixed + (has_name ? COPY_NAME_MAX : 0) + rule->body_max;
}

/* ---- reading ---- */

/* Fails once for all: what comes after reads zeros. */
struct cursor {
	const uint8_t *bytes;
	size_t left;
	bool failed;
};

static struct copy_span take(struct cursor *cursor, size_t length)
{
	if (cursor->failed || cursor->left < length) {
		cursor->failed = true;
		return (struct copy_span){0};
	}
	const struct copy_span span = {.bytes = cursor->bytes, .length = length};
	cursor->bytes += length;
	cursor->left -= length;
	return span;
}

static uint64_t take_number(struct cursor *cursor, size_t size, uint64_t max)
{
	const struct copy_span span = take(cursor, size);
	uint64_t value = 0;

	for (size_t i = 0; i < span.length; i++)
		value |= (uint64_t)span.bytes[i] << (8 * i);
	if (value > max)
		cursor->failed = true;
	return value;
}

static void take_time(struct cursor *cursor, struct copy_record *record)
{
	record->seconds = (int64_t)take_number(cursor, 8, UINT64_MAX);
	record->nanoseconds = (uint32_t)take_number(cursor, 4, 999999999);
	if (record->seconds > COPY_TIME_MAX || record->seconds < -COPY_TIME_MAX)
		cursor->failed = true;
}

static void take_counts(struct cursor *cursor, struct copy_counts *counts)
{
	counts->bytes = take_number(cursor, 8, INT64_MAX);
	counts->files = take_number(cursor, 8, INT64_MAX);
	counts->folders = take_number(cursor, 8, INT64_MAX);
	counts->links = take_number(cursor, 8, INT64_MAX);
	counts->skipped = take_number(cursor, 8, INT64_MAX);
}

static void take_field(struct cursor *cursor, enum field field, struct copy_record *record)
{
	switch (field) {
	case NO_FIELD:
		break;
	case VERSION:
		record->version = (uint32_t)take_number(cursor, 4, UINT32_MAX);
		break;
	case ITEMS:
		record->items = (uint32_t)take_number(cursor, 4, COPY_ITEMS_MAX);
		break;
	case IS_FOLDER:
		record->is_folder = (uint32_t)take_number(cursor, 4, 1);
		break;
	case MODE:
		record->mode = (uint32_t)take_number(cursor, 4, COPY_MODE_MAX);
		break;
	case TIME:
		take_time(cursor, record);
		break;
	case SIZE:
		record->size = take_number(cursor, 8, INT64_MAX);
		break;
	case NAME:
		record->name = take(cursor, take_number(cursor, 1, COPY_NAME_MAX));
		break;
	case COUNTS:
		take_counts(cursor, &record->done);
		break;
	case BODY:
		record->body = take(cursor, cursor->left);
		break;
	}
}

int64_t copy_record_decode(const uint8_t *bytes, size_t length, struct copy_record *ret)
{
	struct cursor header = {.bytes = bytes, .left = COPY_HEADER_SIZE};

	if (length < COPY_HEADER_SIZE)
		return 0;
	uint32_t untrusted_length = (uint32_t)take_number(&header, 4, UINT32_MAX);
	const struct rule *rule = rule_find(bytes[4]);
	if (!rule || !length_is_possible(rule, untrusted_length))
		return UV_EPROTO;
	if (length - COPY_HEADER_SIZE < untrusted_length)
		return 0;

	struct cursor cursor = {.bytes = bytes + COPY_HEADER_SIZE, .left = untrusted_length};
	struct copy_record record = {.type = rule->type};
	for (int i = 0; i < FIELDS_MAX; i++)
		take_field(&cursor, rule->fields[i], &record);
	if (cursor.failed || cursor.left > 0 || record.body.length < rule->body_min ||
		record.body.length > rule->body_max)
		return UV_EPROTO;
	*ret = record;
	return (int64_t)COPY_HEADER_SIZE + untrusted_length;
}

/* ---- writing ---- */

static uint8_t *put_number(uint8_t *out, size_t size, uint64_t value)
{
	for (size_t i = 0; i < size; i++)
		*out++ = (uint8_t)(value >> (8 * i));
	return out;
}

static uint8_t *put_span(uint8_t *out, const struct copy_span *span)
{
	if (span->length > 0)
		memcpy(out, span->bytes, span->length);
	return out + span->length;
}

static uint8_t *put_counts(uint8_t *out, const struct copy_counts *counts)
{
	out = put_number(out, 8, counts->bytes);
	out = put_number(out, 8, counts->files);
	out = put_number(out, 8, counts->folders);
	out = put_number(out, 8, counts->links);
	return put_number(out, 8, counts->skipped);
}

static uint8_t *put_field(uint8_t *out, enum field field, const struct copy_record *record)
{
	switch (field) {
	case NO_FIELD:
		return out;
	case VERSION:
		return put_number(out, 4, record->version);
	case ITEMS:
		return put_number(out, 4, record->items);
	case IS_FOLDER:
		return put_number(out, 4, record->is_folder);
	case MODE:
		return put_number(out, 4, record->mode);
	case TIME:
		out = put_number(out, 8, (uint64_t)record->seconds);
		return put_number(out, 4, record->nanoseconds);
	case SIZE:
		return put_number(out, 8, record->size);
	case NAME:
		assert(record->name.length <= COPY_NAME_MAX);
		out = put_number(out, 1, record->name.length);
		return put_span(out, &record->name);
	case COUNTS:
		return put_counts(out, &record->done);
	case BODY:
		return put_span(out, &record->body);
	}
	return out;
}

size_t copy_record_encode_header(uint8_t *out, const struct copy_record *record)
{
	put_number(out, 4, record->body.length);
	out[4] = (uint8_t)record->type;
	return COPY_HEADER_SIZE;
}

size_t copy_record_encode(uint8_t *out, const struct copy_record *record)
{
	const struct rule *rule = rule_find((uint8_t)record->type);
	uint8_t *end = out + COPY_HEADER_SIZE;

	assert(rule && record->body.length <= rule->body_max);
	for (int i = 0; i < FIELDS_MAX; i++)
		end = put_field(end, rule->fields[i], record);
	put_number(out, 4, (uint64_t)(end - out) - COPY_HEADER_SIZE);
	out[4] = (uint8_t)record->type;
	return (size_t)(end - out);
}
