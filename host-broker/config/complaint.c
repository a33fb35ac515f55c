#include "host-broker/config/complaint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static void on_backtrace(struct complaint *complaint, const char *text, const char *line)
{
	char *key = complaint->keys[complaint->keys_count];
	bool has_key = complaint->keys_count < KEY_DEPTH_MAX &&
		       sscanf(text, " in mapping field '%63[^']'", key) == 1;

	if (complaint->line == 0) {
		complaint->line = (unsigned int)strtoul(line, NULL, 10);
		complaint->of_key = has_key || complaint->of_list;
	}
	complaint->keys_count += has_key;
}

static void on_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void on_complaint(cyaml_log_t level, void *context, const char *format, va_list arguments)
{
	struct complaint *complaint = context;
	char line[256];
	const char *text = line;

	if (level < CYAML_LOG_ERROR)
		return;
	vsnprintf(line, sizeof(line), format, arguments);
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(text, "Load: ", 6) == 0)
		text += 6;
	if (complaint->lines_seen++ == 0) {
		/* What a list lacks is its first item; its key is told after the line. */
		complaint->of_list = strncmp(text, "Insufficient", 12) == 0;
		snprintf(complaint->text, sizeof(complaint->text), "%s",
			complaint->of_list ? "an empty list" : text);
	}
	const char *at = strstr(text, "(line: ");
	if (at)
		on_backtrace(complaint, text, at + 7);
}

const cyaml_config_t *complaint_listen(struct complaint *complaint, cyaml_config_t *settings)
{
	*settings = (cyaml_config_t){
		.log_fn = on_complaint,
		.log_ctx = complaint,
		.log_level = CYAML_LOG_ERROR,
		.mem_fn = cyaml_mem,
	};
	return settings;
}

/* The row of the innermost key; NULL when the complaint is not about what stands there. */
static const struct key *row_find(const struct complaint *complaint, const struct key_table *table)
{
	const struct key *key = NULL;

	if (!complaint->of_key || strncmp(complaint->text, "Missing", 7) == 0 ||
		strncmp(complaint->text, "Unexpected", 10) == 0)
		return NULL;
	for (size_t i = complaint->keys_count; table && i > 0; i--) {
		key = key_find(table, complaint->keys[i - 1]);
		table = key ? key->table : NULL;
	}
	return key && strcmp(key->name, complaint->keys[0]) == 0 ? key : NULL;
}

int complaint_tell(const struct complaint *complaint, const char *name,
	const struct key_table *table, struct error *error)
{
	const struct key *key = row_find(complaint, table);
	char expected[KEY_EXPECTED_SIZE];

	if (!key)
		return error_set(
			error, UV_EINVAL, "%s:%u: %s", name, complaint->line, complaint->text);
	key_expected(key, expected, sizeof(expected));
	return error_set(error, UV_EINVAL, "%s:%u: %s: %s; expected %s", name, complaint->line,
		key->name, complaint->text, expected);
}
