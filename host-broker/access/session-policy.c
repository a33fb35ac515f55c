#include "host-broker/access/session-policy.h"

#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

static bool is_listed(const struct text_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i], "*") == 0 || strcmp(list->items[i], name) == 0)
			return true;
	return false;
}

int session_policy_user(const struct vm_config *vm, const char *untrusted_asked, const char **ret,
	struct error *error)
{
	*ret = vm->user;
	if (!untrusted_asked[0] || strcmp(untrusted_asked, vm->user) == 0)
		return 0;
	if (!text_is_user_name(untrusted_asked))
		return error_set(error, UV_EINVAL, "vm \"%s\": not a valid user name", vm->name);
	*ret = untrusted_asked;
	if (is_listed(&vm->guest_users, untrusted_asked) ||
		(!vm->user[0] && vm->guest_users.count == 0))
		return 0;
	return error_set(error, UV_EACCES,
		"vm \"%s\": its configuration does not allow commands as user \"%s\"; see "
		"guest_users",
		vm->name, untrusted_asked);
}
