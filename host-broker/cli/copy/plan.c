#include "host-broker/cli/copy/plan.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/copy/rules.h"

/* The colon behind a VM's name; NULL for a local path. */
static const char *colon_find(const char *word)
{
	const char *colon = strchr(word, ':');

	return colon > word && !memchr(word, '/', (size_t)(colon - word)) ? colon : NULL;
}

/* Takes a word's VM, which has to be the same in all words that have one. */
static int vm_take(struct copy_plan *plan, const char *word, struct error *error)
{
	size_t length = (size_t)(colon_find(word) - word);
	char name[VM_NAME_MAX + 1] = "";

	if (length <= VM_NAME_MAX)
		memcpy(name, word, length);
	if (!text_is_vm_name(name))
		return error_set(error, UV_EINVAL,
			"'%.*s' is not a valid VM name; write a local path with a colon as ./%s",
			(int)length, word, word);
	if (plan->vm[0] && strcmp(plan->vm, name) != 0)
		return error_set(error, UV_EINVAL,
			"cannot copy from two VMs at once (\"%s\" and \"%s\")", plan->vm, name);
	memcpy(plan->vm, name, sizeof(plan->vm));
	return 0;
}

/* What is behind the colon. The session begins at the user's home. */
static const char *guest_path(const char *word)
{
	const char *path = colon_find(word) + 1;

	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
		path += path[1] ? 2 : 1;
	return path;
}

static int sources_take(struct copy_plan *plan, char **words, struct error *error)
{
	for (size_t i = 0; i < plan->count; i++) {
		bool remote = colon_find(words[i]);
		if (remote && plan->to_guest)
			return error_set(error, UV_EINVAL,
				"'%s': cannot copy from one VM to another: copy to the host first; "
				"write a local path with a colon as ./%s",
				words[i], words[i]);
		if (!remote && !plan->to_guest)
			return error_set(error, UV_EINVAL,
				"neither '%s' nor '%s' is in a VM: use cp", words[i],
				plan->destination);
		if (remote && vm_take(plan, words[i], error) < 0)
			return error->code;
		plan->sources[i] = remote ? guest_path(words[i]) : words[i];
	}
	return 0;
}

int copy_plan_make(char **words, size_t count, struct copy_plan *ret, struct error *error)
{
	const char *last = count > 0 ? words[count - 1] : NULL;
	struct copy_plan plan = {.count = count - 1, .destination = last};

	if (count < 2)
		return error_set(error, UV_EINVAL, "give a source and a destination");
	if (plan.count > COPY_ITEMS_MAX)
		return error_set(error, UV_E2BIG,
			"cannot copy more than %d files at once: copy the folder that they are in",
			COPY_ITEMS_MAX);
	plan.sources = calloc(plan.count, sizeof(*plan.sources));
	if (!plan.sources)
		return error_set(error, UV_ENOMEM, "out of memory");
	plan.to_guest = colon_find(last);
	int code = plan.to_guest ? vm_take(&plan, last, error) : 0;
	if (plan.to_guest)
		plan.destination = guest_path(last);
	if (code == 0)
		code = sources_take(&plan, words, error);
	if (code < 0)
		copy_plan_finish(&plan);
	else
		*ret = plan;
	return code;
}

void copy_plan_finish(struct copy_plan *plan)
{
	free(plan->sources);
	*plan = (struct copy_plan){0};
}

bool copy_plan_name(const char *path, char ret[COPY_NAME_MAX + 1])
{
	const struct copy_span name = copy_name_of(path);

	if (!copy_name_is_allowed(name.bytes, name.length))
		return false;
	memcpy(ret, name.bytes, name.length);
	ret[name.length] = '\0';
	return true;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

int copy_plan_check_names(const char *const *names, size_t count, struct error *error)
{
	_cleanup_free_ const char **sorted = malloc(count * sizeof(*sorted));

	if (!sorted)
		return error_set(error, UV_ENOMEM, "out of memory");
	memcpy(sorted, names, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 1; i < count; i++)
		if (strcmp(sorted[i - 1], sorted[i]) == 0)
			return error_set(error, UV_EINVAL,
				"two of the files to copy are named '%s'", sorted[i]);
	return 0;
}
