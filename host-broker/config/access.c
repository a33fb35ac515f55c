#include "host-broker/config/access.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

static const cyaml_schema_value_t name_schema = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED),
};

#define NAMES(key, member) \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_access, \
		member, &name_schema, 0, CYAML_UNLIMITED)

const cyaml_schema_field_t config_access_fields[] = {
	NAMES("users", users),
	NAMES("groups", groups),
	NAMES("managers", managers),
	NAMES("manager_groups", manager_groups),
	CYAML_FIELD_END,
};

static int names_copy(char **names, unsigned int count, struct text_list *ret)
{
	if (count > ACCESS_NAMES_MAX)
		return UV_EINVAL;
	ret->items = calloc(count + 1, sizeof(*ret->items));
	if (!ret->items)
		return UV_ENOMEM;
	for (unsigned int i = 0; i < count; i++) {
		if (!text_is_user_name(names[i]))
			return UV_EINVAL;
		ret->items[i] = strdup(names[i]);
		if (!ret->items[i])
			return UV_ENOMEM;
		ret->count++;
	}
	return 0;
}

int config_access_make(
	const struct file_access *file, struct access_config *ret, const char **ret_expected)
{
	*ret = (struct access_config){0};
	if (!file)
		return 0;
	*ret_expected = "lists of at most 256 names: users, groups, managers, manager_groups";
	int code = names_copy(file->users, file->users_count, &ret->users);
	if (code == 0)
		code = names_copy(file->groups, file->groups_count, &ret->groups);
	if (code == 0)
		code = names_copy(file->managers, file->managers_count, &ret->managers);
	if (code == 0)
		code = names_copy(
			file->manager_groups, file->manager_groups_count, &ret->manager_groups);
	return code;
}

static void names_free(struct text_list *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
	*names = (struct text_list){0};
}

void config_access_finish(struct access_config *access)
{
	names_free(&access->users);
	names_free(&access->groups);
	names_free(&access->managers);
	names_free(&access->manager_groups);
}
