#include "host-broker/access/names.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <uv.h>

#define BUFFER_SIZE 65536 /* an entry with all its members */

/* A number stands for itself, if nobody is called so. */
static bool number_parse(const char *name, id_t *ret)
{
	char *end;

	errno = 0;
	unsigned long value = strtoul(name, &end, 10);
	if (errno || *end || end == name || value >= (id_t)-1)
		return false;
	*ret = (id_t)value;
	return true;
}

static bool user_find(const char *name, char *buffer, id_t *ret)
{
	struct passwd entry, *found = NULL;

	if (getpwnam_r(name, &entry, buffer, BUFFER_SIZE, &found) != 0 || !found)
		return number_parse(name, ret);
	*ret = found->pw_uid;
	return true;
}

static bool group_find(const char *name, char *buffer, id_t *ret)
{
	struct group entry, *found = NULL;

	if (getgrnam_r(name, &entry, buffer, BUFFER_SIZE, &found) != 0 || !found)
		return number_parse(name, ret);
	*ret = found->gr_gid;
	return true;
}

static int ids_make(const struct text_list *names,
	bool (*find)(const char *name, char *buffer, id_t *ret), char *buffer,
	struct access_ids *ret)
{
	id_t *ids = calloc(names->count + 1, sizeof(*ids));
	size_t count = 0;

	if (!ids)
		return UV_ENOMEM;
	for (size_t i = 0; i < names->count; i++)
		count += find(names->items[i], buffer, &ids[count]);
	*ret = (struct access_ids){.ids = ids, .count = count};
	return 0;
}

int access_rules_make(const struct access_config *config, struct access_rules *ret)
{
	char *buffer = malloc(BUFFER_SIZE);
	int code = buffer ? 0 : UV_ENOMEM;

	*ret = (struct access_rules){0};
	if (code == 0)
		code = ids_make(&config->users, user_find, buffer, &ret->users);
	if (code == 0)
		code = ids_make(&config->groups, group_find, buffer, &ret->groups);
	if (code == 0)
		code = ids_make(&config->managers, user_find, buffer, &ret->managers);
	if (code == 0)
		code = ids_make(&config->manager_groups, group_find, buffer, &ret->manager_groups);
	free(buffer);
	if (code < 0)
		access_rules_finish(ret);
	return code;
}

void access_rules_finish(struct access_rules *rules)
{
	free((id_t *)rules->users.ids);
	free((id_t *)rules->groups.ids);
	free((id_t *)rules->managers.ids);
	free((id_t *)rules->manager_groups.ids);
	*rules = (struct access_rules){0};
}
