#include "host-broker/cli/session/pass-env.h"

#include <stdbool.h>
#include <string.h>
#include <uv.h>

static bool is_same_name(const char *one, const char *other, size_t length)
{
	return strncmp(one, other, length) == 0 && one[length] == '=';
}

static int put(struct pass_env *env, const char *assignment)
{
	size_t length = strcspn(assignment, "=");

	for (size_t i = 0; i < env->count; i++)
		if (is_same_name(env->items[i], assignment, length)) {
			env->items[i] = assignment;
			return 0;
		}
	if (env->count == SESSION_ENVC_MAX)
		return UV_E2BIG;
	env->items[env->count++] = assignment;
	return 0;
}

static bool matches(const char *pattern, const char *assignment)
{
	size_t length = strlen(pattern);

	if (length > 1 && pattern[length - 1] == '*')
		return strncmp(pattern, assignment, length - 1) == 0;
	return length > 0 && is_same_name(assignment, pattern, length);
}

int pass_env_match(struct pass_env *env, char *const *patterns, size_t patterns_count,
	char *const *environment)
{
	int code = 0;

	for (; code == 0 && *environment; environment++) {
		/* An environment may hold anything; only assignments are passed. */
		if ((*environment)[0] == '=' || !strchr(*environment, '='))
			continue;
		for (size_t i = 0; i < patterns_count; i++)
			if (matches(patterns[i], *environment)) {
				code = put(env, *environment);
				break;
			}
	}
	return code;
}

int pass_env_set(struct pass_env *env, const char *text, char *const *environment)
{
	size_t length = strlen(text);

	if (strchr(text, '='))
		return put(env, text);
	for (; *environment; environment++)
		if (is_same_name(*environment, text, length))
			return put(env, *environment);
	return 0;
}
