#include "host-broker/users/table.h"

#include <stdio.h>

#include "proto/base/text.h"

/* A range of one: its limits are the number's. */
static bool is_uid(uint32_t number)
{
	struct uid_range one;
	char text[32];

	snprintf(text, sizeof(text), "%u-%u", number, number);
	return uid_range_parse(text, &one);
}

const struct number_rules uid_table_rules = {
	.head = "# The host users that VMs' processes run as: kept by vmsilo-broker, one line per "
		"VM. A number is\n# never reused; remove the line of a deleted VM once no file of "
		"its user is left.\n",
	.most = UID_TABLE_MAX,
	.is_name = text_is_vm_name,
	.is_number = is_uid,
};

bool uid_table_free(
	const struct numbers *table, const struct uid_range *range, uid_t from, uid_t *ret)
{
	for (uid_t uid = from < range->first ? range->first : from; uid <= range->last; uid++)
		if (!numbers_find_value(table, uid)) {
			*ret = uid;
			return true;
		}
	return false;
}
