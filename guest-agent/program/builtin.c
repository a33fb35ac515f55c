#include "guest-agent/program/builtin.h"

#include <stddef.h>
#include <string.h>

static const struct builtin builtins[] = {
	{"vmsilo.connect", "connect", builtin_connect},
	{"vmsilo.copy-receive", "copy-receive", builtin_copy_receive},
	{"vmsilo.copy-send", "copy-send", builtin_copy_send},
};

#define BUILTINS (sizeof(builtins) / sizeof(builtins[0]))

const struct builtin *builtin_of_service(const char *name)
{
	for (size_t i = 0; i < BUILTINS; i++)
		if (strcmp(builtins[i].service, name) == 0)
			return &builtins[i];
	return NULL;
}

const struct builtin *builtin_of_word(const char *word)
{
	for (size_t i = 0; i < BUILTINS; i++)
		if (strcmp(builtins[i].word, word) == 0)
			return &builtins[i];
	return NULL;
}
