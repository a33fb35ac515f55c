#include "host-broker/system/log-budget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/io/closer.h"

#define SHARED "others"

static const struct allowance_limits limits = {
	.per_second = LOG_BUDGET_RATE,
	.burst = LOG_BUDGET_BURST,
	.bytes_per_second = LOG_BUDGET_BYTES_RATE,
	.bytes_burst = LOG_BUDGET_BYTES,
	.strict = true,
};

/* A VM, a user, or all who have no room of their own. */
struct source {
	char name[64]; /* 'the guest of "work"', "user 1000" */
	struct allowance allowance;
	uint64_t used_ms;
};

struct log_budget {
	struct closer closer;
	uv_timer_t timer; /* while somebody floods */
	size_t count;
	struct source shared;
	struct source sources[LOG_BUDGET_SOURCES_MAX];
};

static uint64_t now_ms(void)
{
	return uv_hrtime() / 1000000;
}

static void source_init(struct source *source, const char *name)
{
	*source = (struct source){0};
	snprintf(source->name, sizeof(source->name), "%s", name);
	allowance_init(&source->allowance, &limits, now_ms());
}

static struct source *source_free(struct log_budget *budget)
{
	if (budget->count < LOG_BUDGET_SOURCES_MAX)
		return &budget->sources[budget->count++];
	for (size_t i = 0; i < budget->count; i++)
		if (now_ms() - budget->sources[i].used_ms >= LOG_BUDGET_KEPT_MS)
			return &budget->sources[i];
	return NULL;
}

static struct source *source_get(struct log_budget *budget, const char *name)
{
	struct source *source;

	for (size_t i = 0; i < budget->count; i++)
		if (strcmp(budget->sources[i].name, name) == 0)
			return &budget->sources[i];
	source = source_free(budget);
	if (!source)
		return &budget->shared;
	source_init(source, name);
	return source;
}

/* ---- the ends of floods ---- */

static bool source_floods(struct source *source)
{
	uint64_t left_out;

	if (allowance_calms(&source->allowance, now_ms(), &left_out))
		log_info(NULL, "%s no longer floods the log: %" PRIu64 " lines were left out",
			source->name, left_out);
	return source->allowance.floods;
}

static void on_look(uv_timer_t *timer)
{
	struct log_budget *budget = timer->data;
	bool floods = source_floods(&budget->shared);

	for (size_t i = 0; i < budget->count; i++)
		floods = source_floods(&budget->sources[i]) || floods;
	if (!floods)
		uv_timer_stop(timer);
}

/* ---- lines ---- */

static void name_make(const struct log_cause *cause, char *out, size_t size)
{
	if (cause->guest)
		snprintf(out, size, "the guest of \"%s\"", cause->guest);
	else
		snprintf(out, size, "user %u", cause->uid);
}

static bool on_line(void *data, const struct log_cause *cause, size_t length)
{
	struct log_budget *budget = data;
	char name[sizeof(budget->shared.name)];

	name_make(cause, name, sizeof(name));
	struct source *source = source_get(budget, name);
	source->used_ms = now_ms();
	enum allowance_answer answer =
		allowance_take(&source->allowance, (uint32_t)length, now_ms());
	if (answer == ALLOWANCE_EXCEEDED) {
		log_warning(NULL, "%s floods the log: leaving out its lines from here on",
			source->name);
		uv_timer_start(&budget->timer, on_look, LOG_BUDGET_LOOK_MS, LOG_BUDGET_LOOK_MS);
	}
	return answer == ALLOWANCE_TAKEN;
}

int log_budget_create(uv_loop_t *loop, struct log_budget **ret)
{
	struct log_budget *budget = calloc(1, sizeof(*budget));

	if (!budget)
		return UV_ENOMEM;
	source_init(&budget->shared, SHARED);
	closer_init(&budget->closer, free, budget);
	uv_timer_init(loop, &budget->timer);
	budget->timer.data = budget;
	closer_add(&budget->closer);
	log_set_gate(on_line, budget);
	*ret = budget;
	return 0;
}

void log_budget_destroy(struct log_budget *budget)
{
	log_set_gate(NULL, NULL);
	closer_close(&budget->closer, (uv_handle_t *)&budget->timer);
	closer_finish(&budget->closer);
}
