#include "host-broker/setup/problems.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/base/text.h"

static bool has(const struct setup_problems *problems, const char *text)
{
	for (size_t i = 0; i < problems->count; i++)
		if (strcmp(problems->texts[i], text) == 0)
			return true;
	return false;
}

static void note(struct vm_watchers *watchers, struct vm *vm, const struct setup_problems *before,
	const struct setup_problems *now)
{
	for (size_t i = 0; i < now->count; i++) {
		char text[SETUP_PROBLEM_MAX + sizeof("in the guest: ")];
		if (has(before, now->texts[i]))
			continue;
		snprintf(text, sizeof(text), "in the guest: %s", now->texts[i]);
		log_guest_warning(vm_configuration(vm)->name, "%s", text);
		vm_watchers_note(watchers, vm, text);
	}
}

int setup_problems_take(struct setup_problems *problems, struct vm_watchers *watchers,
	struct vm *vm, char *const *untrusted_texts, size_t untrusted_count)
{
	const struct setup_problems before = *problems;

	if (untrusted_count > SETUP_PROBLEMS_MAX)
		return UV_EPROTO;
	problems->count = 0;
	for (size_t i = 0; i < untrusted_count; i++) {
		size_t length = strnlen(untrusted_texts[i], SETUP_PROBLEM_MAX + 1);
		if (length > SETUP_PROBLEM_MAX)
			return UV_EPROTO;
		text_escape(problems->texts[problems->count++], SETUP_PROBLEM_MAX + 1,
			untrusted_texts[i], length);
	}
	note(watchers, vm, &before, problems);
	return 0;
}
