#include "tests/lib/play-parts.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

struct bed bed;

static uint64_t passed(void)
{
	return uv_now(&bed.loop) - bed.began;
}

static void log_add(const char *mark, const char *name)
{
	size_t length = strlen(bed.log);

	snprintf(bed.log + length, sizeof(bed.log) - length, "%s%s%s", length ? " " : "", mark,
		name);
}

/* ---- the parts ---- */

static bool play_needs(const struct play *play, const struct play *other)
{
	for (size_t i = 0; i < 4 && play->needs[i]; i++)
		if (strcmp(play->needs[i], other->name) == 0)
			return true;
	return false;
}

static void on_step(uv_timer_t *timer)
{
	struct play *play = timer->data;
	struct error error = {0};

	switch (play->step) {
	case STEP_READY:
		play->ready_at = passed();
		part_ready(play->part);
		break;
	case STEP_FAILED:
		play->there = false;
		error_set(&error, UV_EIO, "the disk is full");
		part_failed(play->part, &error);
		break;
	default:
		play->there = false;
		part_released(play->part);
	}
}

static int play_later(struct play *play, enum step step, uint32_t after_ms)
{
	play->step = step;
	if (after_ms == NEVER)
		uv_timer_stop(&play->timer);
	else
		uv_timer_start(&play->timer, on_step, after_ms, 0);
	return PART_WAITS;
}

static int play_prepare(struct part *part, struct error *error)
{
	struct play *play = part->data;

	log_add("+", play->name);
	for (size_t i = 0; i < bed.count; i++)
		if (play_needs(play, &bed.plays[i]))
			assert_int_equal(bed.plays[i].part->state, PART_READY);
	play->prepared++;
	if (play->writes_record && part_record(part, error) < 0)
		return error->code;
	if (play->refuses && play->prepare_ms == AT_ONCE)
		return error_set(error, UV_EIO, "the disk is full");
	play->there = true;
	if (play->prepare_ms > 0)
		return play_later(play, play->refuses ? STEP_FAILED : STEP_READY, play->prepare_ms);
	play->ready_at = passed();
	return 0;
}

/* Whoever needs it is there no more. */
static int play_release(struct part *part)
{
	struct play *play = part->data;

	log_add("-", play->name);
	for (size_t i = 0; i < bed.count; i++)
		if (play_needs(&bed.plays[i], play))
			assert_true(!bed.plays[i].there || bed.plays[i].left);
	play->released++;
	if (play->there && play->release_ms > 0)
		return play_later(play, STEP_RELEASED, play->release_ms);
	uv_timer_stop(&play->timer);
	play->there = false;
	return 0;
}

static void play_force(struct part *part)
{
	struct play *play = part->data;

	log_add("!", play->name);
	if (!play->deaf)
		play_later(play, STEP_RELEASED, 1);
	play->left = play->deaf;
}

static void play_forget(struct part *part)
{
	struct play *play = part->data;

	play->forgotten++;
	uv_close((uv_handle_t *)&play->timer, NULL);
}

static struct process_id play_record(const struct part *part)
{
	const struct play *play = part->data;

	return (struct process_id){.pid = 100, .start_time = (uint64_t)play->name[0]};
}

static int play_adopt(struct part *part, const struct part_record *record, struct error *error)
{
	struct play *play = part->data;

	log_add("=", play->name);
	if (play->is_lost)
		return error_set(error, UV_ESRCH, "it is gone");
	play->process = record->process;
	play->there = true;
	return play->prepare_ms ? play_later(play, STEP_READY, play->prepare_ms) : 0;
}

static bool play_lives(const struct part *part)
{
	return ((const struct play *)part->data)->there;
}

/* ---- what no part claims ---- */

struct play stray_play;
static struct part_record stray_record;

static int stray_adopt(struct part *part, const struct part_record *record, struct error *error)
{
	(void)error;
	stray_play = (struct play){.name = part->name, .there = true};
	part->data = &stray_play;
	stray_record = *record;
	return record->process.pid > 0 ? 0 : UV_ESRCH;
}

static int stray_release(struct part *part)
{
	log_add("-", part->name);
	stray_play.released++;
	return 0;
}

static void stray_forget(struct part *part)
{
	((struct play *)part->data)->forgotten++;
}

static struct process_id stray_tell(const struct part *part)
{
	(void)part;
	return stray_record.process;
}

const struct part_kind stray_kind = {.name = "stray",
	.death = PART_DEATH_DEGRADES,
	.release_ms = RELEASE_MS,
	.release = stray_release,
	.forget = stray_forget,
	.record = stray_tell,
	.adopt = stray_adopt};

/* ---- the owner ---- */

static void on_up(void *data)
{
	(void)data;
	assert_false(bed.up);
	log_add("", "UP");
	bed.up = true;
	bed.up_at = passed();
	if (bed.ends_itself)
		parts_end(bed.parts);
}

static void on_over(void *data, const struct parts_cause *cause)
{
	(void)data;
	assert_false(bed.over);
	log_add("", "OVER");
	bed.over = true;
	bed.over_at = passed();
	bed.failed = cause->failed;
	snprintf(bed.cause, sizeof(bed.cause), "%s", cause->text);
	parts_destroy(bed.parts);
}

static void on_note(void *data, const char *text)
{
	size_t length = strlen(bed.notes);

	(void)data;
	snprintf(bed.notes + length, sizeof(bed.notes) - length, "%s\n", text);
}

static int on_record(void *data, struct error *error)
{
	(void)data;
	bed.records++;
	return bed.record_code < 0 ? error_set(error, bed.record_code, "cannot write") : 0;
}

static const struct parts_callbacks callbacks = {
	.on_up = on_up, .on_over = on_over, .on_note = on_note, .on_record = on_record};

static void play_add(struct play *play)
{
	play->kind = (struct part_kind){.name = play->name,
		.needs = play->needs,
		.death = play->death,
		.release_ms = RELEASE_MS,
		.prepare = play_prepare,
		.release = play_release,
		.force = play_force,
		.forget = play_forget,
		.record = play->keeps_no_record ? NULL : play_record,
		.adopt = play_adopt,
		.lives = play_lives};
	uv_timer_init(&bed.loop, &play->timer);
	play->timer.data = play;
	play->part = parts_add(bed.parts, &play->kind, play->name, play->name, play);
	assert_non_null(play->part);
}

void bed_make(struct play *plays, size_t count)
{
	bed = (struct bed){.plays = plays, .count = count};
	world_begin(&bed.world, NULL, NULL);
	assert_int_equal(uv_loop_init(&bed.loop), 0);
	bed.began = uv_now(&bed.loop);
	assert_int_equal(parts_create(&bed.loop, &callbacks, NULL, &bed.parts), 0);
	for (size_t i = 0; i < count; i++)
		play_add(&plays[i]);
}

/* Until all is over; what was begun has been ended, and is forgotten. */
void bed_finish(void)
{
	world_run(&bed.loop);
	world_end(&bed.world);
	assert_true(bed.over);
	for (size_t i = 0; i < bed.count; i++) {
		struct play *play = &bed.plays[i];
		assert_true(!play->there || play->left);
		assert_int_equal(play->forgotten, 1);
		assert_true(play->released <= 1);
	}
}

void play_all(struct play *plays, size_t count)
{
	bed_make(plays, count);
	bed.ends_itself = true;
	parts_start(bed.parts);
	bed_finish();
}

/* ---- something happens after a while ---- */

static void on_event(uv_timer_t *timer)
{
	struct event *event = timer->data;
	struct play *play = event->dies;

	uv_close((uv_handle_t *)timer, NULL);
	if (bed.over)
		return;
	if (!play) {
		parts_end(bed.parts);
		return;
	}
	if (!play->there)
		return;
	play->there = false;
	uv_timer_stop(&play->timer);
	part_ended(play->part, "was killed by signal 9");
}

void event_at(struct event *event, struct play *dies, uint64_t after_ms)
{
	uv_timer_init(&bed.loop, &event->timer);
	event->timer.data = event;
	event->dies = dies;
	uv_timer_start(&event->timer, on_event, after_ms, 0);
}
