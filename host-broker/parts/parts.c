#include "host-broker/parts/parts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/io/closer.h"

TAILQ_HEAD(part_list, part);

struct parts {
	uv_loop_t *loop;
	const struct parts_callbacks *callbacks;
	void *data;
	struct part_list list; /* one that is needed by another may stand after it */
	size_t count;
	enum parts_state state;
	bool told; /* the owner knows of UP, or of OVER */
	struct parts_cause cause;
	uv_timer_t timer; /* for the part that is due next, and for what the owner is told */
	struct closer closer;
};

static void note(struct parts *parts, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void note(struct parts *parts, const char *format, ...)
{
	char text[PART_TEXT_SIZE + 128];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	parts->callbacks->on_note(parts->data, text);
}

static bool kind_names(const struct part_kind *kind, const char *name)
{
	for (const char *const *need = kind->needs; need && *need; need++)
		if (strcmp(*need, name) == 0)
			return true;
	return false;
}

static bool kind_is_needed(const struct part_kind *kind, const struct part *by)
{
	if (kind_names(by->kind, kind->name))
		return true;
	return kind != by->kind && kind_names(by->kind, PART_NEEDS_ALL) &&
	       !kind_names(kind, by->kind->name);
}

static bool is_there(const struct part *part)
{
	return part->state != PART_IDLE && part->state != PART_RELEASED;
}

/* ---- time ---- */

static bool is_untold(const struct parts *parts)
{
	return !parts->told && (parts->state == PARTS_UP || parts->state == PARTS_OVER);
}

static void on_timer(uv_timer_t *timer);

static void timer_arm(struct parts *parts)
{
	uint64_t now_ms = uv_now(parts->loop), due_ms = UINT64_MAX;
	struct part *part;

	TAILQ_FOREACH (part, &parts->list, link)
		if ((part->state == PART_RESTING || part->state == PART_RELEASING) &&
			part->due_ms < due_ms)
			due_ms = part->due_ms;
	if (is_untold(parts))
		due_ms = now_ms;
	if (due_ms == UINT64_MAX)
		uv_timer_stop(&parts->timer);
	else
		uv_timer_start(&parts->timer, on_timer, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* ---- the end ---- */

static bool may_be_released(const struct part *part)
{
	struct part *other;

	if (!is_there(part) || part->state == PART_RELEASING)
		return false;
	TAILQ_FOREACH (other, &part->parts->list, link)
		if (is_there(other) && kind_is_needed(part->kind, other))
			return false;
	return true;
}

static void part_release(struct part *part)
{
	part->state = PART_RELEASING;
	part->due_ms = uv_now(part->parts->loop) + part->kind->release_ms;
	if (part->kind->release(part) != PART_WAITS)
		part->state = PART_RELEASED;
}

/* Who could be released, since the one before was so at once, comes in the next round. */
static bool release_some(struct parts *parts)
{
	struct part *part;
	bool some = false;

	TAILQ_FOREACH_REVERSE (part, &parts->list, part_list, link)
		if (may_be_released(part)) {
			part_release(part);
			some = true;
		}
	return some;
}

static void release_due(struct parts *parts)
{
	struct part *part;

	while (release_some(parts))
		continue;
	TAILQ_FOREACH (part, &parts->list, link)
		if (is_there(part))
			return;
	parts->state = PARTS_OVER;
}

static void end_begin(struct parts *parts, const struct part *part, const char *text)
{
	if (parts->state == PARTS_ENDING || parts->state == PARTS_OVER)
		return;
	parts->state = PARTS_ENDING;
	parts->told = false;
	parts->cause.part = part;
	parts->cause.failed = part && !part->was_ready;
	snprintf(parts->cause.text, sizeof(parts->cause.text), "%s", text);
}

/* ---- the start ---- */

static bool may_be_prepared(const struct part *part)
{
	struct part *other;

	if (part->state != PART_IDLE)
		return false;
	TAILQ_FOREACH (other, &part->parts->list, link)
		if (other->state != PART_READY && kind_is_needed(other->kind, part))
			return false;
	return true;
}

static void part_lost(struct part *part, const char *text);

static void part_set_ready(struct part *part)
{
	part->state = PART_READY;
	part->was_ready = true;
	part->ready_ms = uv_now(part->parts->loop);
}

static void part_refused(struct part *part, const struct error *error)
{
	char text[PART_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s: %s", part->name, error->text);
	part_lost(part, text);
}

static void part_took(struct part *part, int code, const struct error *error)
{
	if (code == 0)
		part_set_ready(part);
	else if (code < 0)
		part_refused(part, error);
}

static void part_prepare(struct part *part)
{
	struct error error = {0};

	part->state = PART_PREPARING;
	part_took(part, part->kind->prepare(part, &error), &error);
}

static bool prepare_some(struct parts *parts)
{
	struct part *part;
	bool some = false;

	TAILQ_FOREACH (part, &parts->list, link)
		if (parts->state <= PARTS_UP && may_be_prepared(part)) {
			part_prepare(part);
			some = true;
		}
	return some;
}

static struct part *first_in(const struct parts *parts, enum part_state state)
{
	struct part *part;

	TAILQ_FOREACH (part, &parts->list, link)
		if (part->state == state)
			return part;
	return NULL;
}

/* Nobody is under way, and this one is not: what it needs has ended, or needs it. */
static void stuck_check(struct parts *parts)
{
	const struct part *idle = first_in(parts, PART_IDLE);
	char text[PART_TEXT_SIZE];

	if (first_in(parts, PART_PREPARING) || first_in(parts, PART_RESTING))
		return;
	if (!idle) {
		parts->state = PARTS_UP;
		return;
	}
	snprintf(text, sizeof(text), "%s: what it depends on is not available", idle->name);
	end_begin(parts, idle, text);
}

static void settle(struct parts *parts)
{
	while (parts->state <= PARTS_UP && prepare_some(parts))
		continue;
	if (parts->state == PARTS_PREPARING)
		stuck_check(parts);
	if (parts->state == PARTS_ENDING)
		release_due(parts);
	timer_arm(parts);
}

/* ---- the death of one ---- */

static void part_rest(struct part *part, const char *text)
{
	uint64_t now_ms = uv_now(part->parts->loop);

	if (part->state == PART_READY && now_ms - part->ready_ms >= PART_GOOD_MS)
		part->restarts = 0;
	if (part->restarts >= PART_RESTARTS_MAX) {
		part->state = PART_GONE;
		end_begin(part->parts, part, text);
		return;
	}
	part->state = PART_RESTING;
	part->due_ms = now_ms + ((uint64_t)PART_RESTART_FIRST_MS << part->restarts++);
	note(part->parts, "%s; restarting it", text);
}

/* Whether one has not begun, and cannot without it. */
static bool is_awaited(const struct part *part)
{
	const struct part *other;

	TAILQ_FOREACH (other, &part->parts->list, link)
		if (other->state == PART_IDLE && kind_is_needed(part->kind, other))
			return true;
	return false;
}

/* One that was never ready fails the start, whatever its later end would mean; so does one that is
 * gone before those came that need it. */
static void part_lost(struct part *part, const char *text)
{
	enum part_death death = part->was_ready ? part->kind->death : PART_DEATH_STOPS;

	if (death == PART_DEATH_DEGRADES && is_awaited(part))
		death = PART_DEATH_STOPS;
	bool ending = part->parts->state == PARTS_ENDING;
	if (death == PART_DEATH_RESTARTS && !ending) {
		part_rest(part, text);
		return;
	}
	part->state = PART_GONE;
	if (death == PART_DEATH_STOPS || ending)
		end_begin(part->parts, part, text);
	else
		note(part->parts, "%s; %s", text,
			part->kind->without ? part->kind->without : "continuing without it");
}

void part_ready(struct part *part)
{
	if (part->state != PART_PREPARING)
		return;
	part_set_ready(part);
	settle(part->parts);
}

void part_failed(struct part *part, const struct error *error)
{
	if (part->state != PART_PREPARING)
		return;
	part_refused(part, error);
	settle(part->parts);
}

void part_ended(struct part *part, const char *text)
{
	char whole[PART_TEXT_SIZE];

	if (part->state == PART_RELEASING) {
		part_released(part);
		return;
	}
	if (part->state != PART_PREPARING && part->state != PART_READY)
		return;
	snprintf(whole, sizeof(whole), "%s %s", part->name, text);
	part_lost(part, whole);
	settle(part->parts);
}

void part_released(struct part *part)
{
	if (part->state != PART_RELEASING)
		return;
	part->state = PART_RELEASED;
	settle(part->parts);
}

void part_note(const struct part *part, const char *text)
{
	note(part->parts, "%s", text);
}

int part_record(struct part *part, struct error *error)
{
	return part->parts->callbacks->on_record(part->parts->data, error);
}

/* ---- what is due ---- */

static void release_late(struct part *part)
{
	if (part->kind->force && !part->forced) {
		note(part->parts, "%s did not end within %u ms: killing it", part->name,
			part->kind->release_ms);
		part->forced = true;
		part->due_ms = uv_now(part->parts->loop) + PART_FORCE_MS;
		part->kind->force(part);
		return;
	}
	note(part->parts, "%s does not end: leaving it behind", part->name);
	part->state = PART_RELEASED;
}

static void part_due(struct part *part)
{
	if (part->state == PART_RELEASING)
		release_late(part);
	else if (part->state == PART_RESTING)
		part->state = PART_IDLE;
}

/* The owner may destroy all of it. */
static void owner_tell(struct parts *parts)
{
	parts->told = true;
	timer_arm(parts);
	if (parts->state == PARTS_UP)
		parts->callbacks->on_up(parts->data);
	else
		parts->callbacks->on_over(parts->data, &parts->cause);
}

static void on_timer(uv_timer_t *timer)
{
	struct parts *parts = timer->data;
	uint64_t now_ms = uv_now(parts->loop);
	struct part *part;

	TAILQ_FOREACH (part, &parts->list, link)
		if (part->due_ms <= now_ms)
			part_due(part);
	settle(parts);
	if (is_untold(parts))
		owner_tell(parts);
}

/* ---- finding them again ---- */

static const struct part_record *record_of(
	const struct part *part, const struct part_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(records[i].key, part->key) == 0)
			return &records[i];
	return NULL;
}

/* It was ready once, for all that can be known, so that its death counts as one. */
static void part_adopt(struct part *part, const struct part_record *record)
{
	struct error error = {0};
	int code = UV_ESRCH;

	part->was_ready = true;
	part->state = PART_PREPARING;
	if (record)
		code = part->kind->adopt(part, record, &error);
	else if (part->kind->passes)
		code = 0;
	else
		error_set(&error, code, "no record of it was found");
	part_took(part, code, &error);
}

static bool is_claimed(const struct parts *parts, const struct part_record *record)
{
	struct part *part;

	TAILQ_FOREACH (part, &parts->list, link)
		if (record_of(part, record, 1))
			return true;
	return false;
}

static void stray_adopt(
	struct parts *parts, const struct part_kind *kind, const struct part_record *record)
{
	struct part *part = parts_add(parts, kind, record->key, record->key, NULL);
	struct error error = {0};

	if (!part)
		return;
	int code = kind->adopt(part, record, &error);
	part->was_ready = true;
	part->state = code < 0 ? PART_RELEASED : PART_READY;
}

/* Those without a record are prepared anew by settle(), and not before all that is left of the
 * others was found: it may have to be released. */
void parts_adopt(struct parts *parts, const struct part_record *records, size_t count,
	const struct part_kind *stray)
{
	struct part *part;

	for (size_t i = 0; i < count; i++)
		if (!is_claimed(parts, &records[i]))
			stray_adopt(parts, stray, &records[i]);
	TAILQ_FOREACH (part, &parts->list, link)
		if (part->kind->record && part->kind != stray)
			part_adopt(part, record_of(part, records, count));
	settle(parts);
}

/* False: there is nothing to find again. */
static bool part_describe(const struct part *part, struct part_record *ret)
{
	if (!is_there(part) || !part->kind->record)
		return false;
	memcpy(ret->key, part->key, sizeof(ret->key));
	ret->process = part->kind->record(part);
	return true;
}

size_t parts_record(const struct parts *parts, struct part_record ret[PARTS_MAX])
{
	struct part *part;
	size_t count = 0;

	TAILQ_FOREACH (part, &parts->list, link)
		count += part_describe(part, &ret[count]);
	return count;
}

/* ---- all ---- */

static void parts_free(void *data)
{
	free(data);
}

int parts_create(
	uv_loop_t *loop, const struct parts_callbacks *callbacks, void *data, struct parts **ret)
{
	struct parts *parts = calloc(1, sizeof(*parts));

	if (!parts)
		return UV_ENOMEM;
	parts->loop = loop;
	parts->callbacks = callbacks;
	parts->data = data;
	TAILQ_INIT(&parts->list);
	closer_init(&parts->closer, parts_free, parts);
	uv_timer_init(loop, &parts->timer);
	parts->timer.data = parts;
	closer_add(&parts->closer);
	*ret = parts;
	return 0;
}

void parts_destroy(struct parts *parts)
{
	struct part *part;

	while ((part = TAILQ_FIRST(&parts->list))) {
		TAILQ_REMOVE(&parts->list, part, link);
		part->kind->forget(part);
		free(part);
	}
	closer_close(&parts->closer, (uv_handle_t *)&parts->timer);
	closer_finish(&parts->closer);
}

struct part *parts_add(struct parts *parts, const struct part_kind *kind, const char *key,
	const char *name, void *data)
{
	struct part *part = parts->count < PARTS_MAX ? calloc(1, sizeof(*part)) : NULL;

	if (!part)
		return NULL;
	part->parts = parts;
	part->kind = kind;
	part->data = data;
	snprintf(part->key, sizeof(part->key), "%s", key);
	snprintf(part->name, sizeof(part->name), "%s", name);
	TAILQ_INSERT_TAIL(&parts->list, part, link);
	parts->count++;
	return part;
}

void parts_start(struct parts *parts)
{
	settle(parts);
}

void parts_end(struct parts *parts)
{
	end_begin(parts, NULL, "");
	settle(parts);
}

enum parts_state parts_state(const struct parts *parts)
{
	return parts->state;
}

uv_loop_t *parts_loop(const struct parts *parts)
{
	return parts->loop;
}

bool parts_live(const struct parts *parts)
{
	struct part *part;

	if (parts->state != PARTS_UP)
		return false;
	TAILQ_FOREACH (part, &parts->list, link)
		if (part->state == PART_READY && part->kind->lives && !part->kind->lives(part))
			return false;
	return true;
}

bool parts_lost(const struct parts *parts, const char *key)
{
	const struct part *part;

	TAILQ_FOREACH (part, &parts->list, link)
		if (strcmp(part->key, key) == 0)
			return part->state == PART_GONE;
	return false;
}

bool parts_wait_abroad(const struct parts *parts)
{
	const struct part *part;
	bool any = false;

	TAILQ_FOREACH (part, &parts->list, link) {
		if (part->state == PART_READY || part->state == PART_GONE)
			continue;
		if (part->state != PART_PREPARING || !part->kind->has_own_limits)
			return false;
		any = true;
	}
	return any;
}

const char *parts_waits_for(const struct parts *parts)
{
	const struct part *part = first_in(parts, PART_PREPARING);

	if (!part)
		part = first_in(parts, PART_RESTING);
	return part ? part->name : NULL;
}
