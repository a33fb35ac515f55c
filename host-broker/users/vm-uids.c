#include "host-broker/users/vm-uids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/users/table.h"
#include "host-broker/users/taken.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/host/state-file.h"

struct vm_uids {
	const char *path;
	struct uid_range range;
	struct numbers table;
	struct numbers noted; /* a number is there once, by the first VM that has it */
	uid_t told[VM_UIDS_TOLD_MAX];
	size_t told_count;
};

/* ---- the file ---- */

static int failed(const struct vm_uids *uids, const char *what, int code, struct error *error)
{
	return error_set(error, code, "cannot %s %s: %s", what, uids->path, uv_strerror(code));
}

static int table_load(struct vm_uids *uids, struct error *error)
{
	_cleanup_free_ char *text = NULL;
	struct numbers table = {.rules = &uid_table_rules};
	unsigned int line;
	int code = state_file_read(uids->path, &text, error);

	if (code < 0)
		return code;
	code = numbers_parse(&table, text, &line);
	if (code < 0)
		return error_set(error, code,
			"%s:%u: expected the name of a VM and a number, each used once; correct "
			"that line",
			uids->path, line);
	numbers_finish(&uids->table);
	uids->table = table;
	return 0;
}

static int table_save(const struct vm_uids *uids, const struct numbers *table)
{
	_cleanup_free_ char *text = numbers_print(table);

	return text ? state_file_write(uids->path, text) : UV_ENOMEM;
}

/* ---- giving ---- */

static int check_one(uid_t uid, struct error *error)
{
	return uid_taken_check(&(const struct uid_range){uid, uid}, error);
}

/* The lowest that is nobody's. */
static int free_find(const struct vm_uids *uids, uid_t *ret, struct error *error)
{
	struct error whose = {0};
	uid_t from = uids->range.first;

	while (uid_table_free(&uids->table, &uids->range, from, ret)) {
		if (!numbers_find_value(&uids->noted, *ret) && check_one(*ret, &whose) == 0)
			return 0;
		from = *ret + 1;
	}
	return error_set(error, UV_ENOSPC,
		"no free user number in %u-%u (broker: uid_range)%s%s; widen the range, or remove "
		"the lines of deleted VMs from %s",
		uids->range.first, uids->range.last, whose.text[0] ? "; the last one: " : "",
		whose.text, uids->path);
}

static int give(struct vm_uids *uids, const char *vm, uid_t *ret, struct error *error)
{
	/* A VM that ran on while the file was lost has its number still. */
	const struct number *ran = numbers_find(&uids->noted, vm);
	bool keeps = ran && uid_range_has(&uids->range, ran->value) &&
		     !numbers_find_value(&uids->table, ran->value);
	uid_t uid = keeps ? ran->value : 0;
	int code = keeps ? 0 : free_find(uids, &uid, error);

	if (code < 0)
		return code;
	code = numbers_add(&uids->table, vm, uid);
	if (code == 0) {
		code = table_save(uids, &uids->table);
		/* Nobody has it who might not have it the next time. */
		uids->table.count -= code < 0;
	}
	if (code < 0)
		return failed(uids, "write", code, error);
	log_info(vm, "its processes run as user %u from now on", uid);
	*ret = uid;
	return 0;
}

int vm_uids_get(struct vm_uids *uids, const char *vm, uid_t *ret, struct error *error)
{
	struct error whose = {0};
	int code = table_load(uids, error);

	if (code < 0)
		return code;
	const struct number *entry = numbers_find(&uids->table, vm);
	if (!entry)
		return give(uids, vm, ret, error);
	if (check_one(entry->value, &whose) < 0)
		return error_set(error, UV_EEXIST,
			"the number of its processes' user is now in use: %s; give the VM another "
			"number in %s",
			whose.text, uids->path);
	*ret = entry->value;
	return 0;
}

/* ---- who is no client ---- */

int vm_uids_note(struct vm_uids *uids, const char *vm, uid_t uid)
{
	/* Of several VMs that run as one user, the first is named. */
	if (numbers_find_value(&uids->noted, uid))
		return 0;
	return numbers_add(&uids->noted, vm, uid);
}

void vm_uids_forget_noted(struct vm_uids *uids)
{
	numbers_finish(&uids->noted);
}

bool vm_uids_has(const struct vm_uids *uids, uid_t uid, const char **ret_vm)
{
	const struct number *entry = numbers_find_value(&uids->table, uid);

	if (!entry)
		entry = numbers_find_value(&uids->noted, uid);
	*ret_vm = entry ? entry->name : "";
	return entry || uid_range_has(&uids->range, uid);
}

bool vm_uids_tell(struct vm_uids *uids, uid_t uid)
{
	for (size_t i = 0; i < uids->told_count; i++)
		if (uids->told[i] == uid)
			return false;
	if (uids->told_count == VM_UIDS_TOLD_MAX)
		return false;
	uids->told[uids->told_count++] = uid;
	return true;
}

/* ---- making ---- */

void vm_uids_set_range(struct vm_uids *uids, const struct uid_range *range)
{
	uids->range = *range;
}

int vm_uids_create(const char *path, const struct uid_range *range, struct vm_uids **ret)
{
	struct vm_uids *uids = calloc(1, sizeof(*uids));
	struct error error = {0};

	if (!uids)
		return UV_ENOMEM;
	*uids = (struct vm_uids){.path = path,
		.range = *range,
		.table.rules = &uid_table_rules,
		.noted.rules = &uid_table_rules};
	/* VMs whose users it does not name can still run. */
	if (table_load(uids, &error) < 0)
		log_error(NULL, "%s", error.text);
	*ret = uids;
	return 0;
}

void vm_uids_destroy(struct vm_uids *uids)
{
	numbers_finish(&uids->table);
	numbers_finish(&uids->noted);
	free(uids);
}
