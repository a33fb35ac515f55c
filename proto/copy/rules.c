#include "proto/copy/rules.h"

#include <string.h>

#include "proto/base/text.h"

void copy_rules_init(struct copy_rules *rules)
{
	*rules = (struct copy_rules){.phase = COPY_PHASE_NEW};
}

struct copy_span copy_name_of(const char *path)
{
	size_t end = strlen(path);

	while (end > 0 && path[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	return (struct copy_span){.bytes = (const uint8_t *)path + start, .length = end - start};
}

bool copy_name_is_allowed(const void *untrusted_name, size_t length)
{
	const unsigned char *name = untrusted_name;

	if (length == 0 || length > COPY_NAME_MAX)
		return false;
	if (memchr(name, '/', length) || text_has_controls(untrusted_name, length))
		return false;
	return !(name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.')));
}

bool copy_link_is_allowed(const void *untrusted_target, size_t length, uint32_t depth)
{
	const char *target = untrusted_target;
	bool down = false;

	if (length == 0 || length > COPY_TARGET_MAX || target[0] == '/')
		return false;
	for (size_t at = 0; at < length;) {
		const char *slash = memchr(target + at, '/', length - at);
		size_t size = slash ? (size_t)(slash - target) - at : length - at;
		const char *part = target + at;
		at += size + 1;
		if (size == 0 || (size == 1 && part[0] == '.'))
			continue;
		if (size == 2 && part[0] == '.' && part[1] == '.') {
			if (down || depth == 0)
				return false;
			depth--;
		} else if (copy_name_is_allowed(part, size)) {
			down = true;
		} else {
			return false;
		}
	}
	return true;
}

/* A file, folder or link begins. */
static const char *entry_begin(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	if (!copy_name_is_allowed(untrusted_record->name.bytes, untrusted_record->name.length))
		return "sent a name that is not allowed";
	if (rules->depth == 0 && rules->items_left == 0)
		return "sent more than it was asked for";
	if (rules->entries == COPY_ENTRIES_MAX)
		return "sent more files than allowed";
	rules->entries++;
	rules->items_left -= rules->depth == 0;
	return NULL;
}

static const char *folder_begin(
	struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	if (rules->depth == COPY_DEPTH_MAX)
		return "sent folders nested deeper than allowed";
	const char *problem = entry_begin(rules, untrusted_record);
	rules->depth += !problem;
	return problem;
}

static const char *file_begin(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	const char *problem = entry_begin(rules, untrusted_record);

	rules->in_file = !problem;
	rules->file_length = 0;
	return problem;
}

static const char *link_take(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	const struct copy_span *target = &untrusted_record->body;

	/* An item that is a link itself has no folder to stay in. */
	if (rules->depth == 0)
		return "sent a link outside of any folder";
	if (!copy_link_is_allowed(target->bytes, target->length, rules->depth - 1))
		return "sent a link that leads out of the copied folder";
	return entry_begin(rules, untrusted_record);
}

static const char *file_part(struct copy_rules *rules, uint64_t untrusted_length)
{
	if (untrusted_length == 0 || untrusted_length > INT64_MAX - rules->file_length)
		return "sent a file larger than any file can be";
	rules->file_length += untrusted_length;
	return NULL;
}

static const char *out_of_order(void)
{
	return "sent records out of order";
}

static const char *tree_feed(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	bool is_part = untrusted_record->type == COPY_DATA || untrusted_record->type == COPY_HOLE ||
		       untrusted_record->type == COPY_FILE_END;

	if (is_part != rules->in_file)
		return out_of_order();
	switch (untrusted_record->type) {
	case COPY_DATA:
		return file_part(rules, untrusted_record->body.length);
	case COPY_HOLE:
		return file_part(rules, untrusted_record->size);
	case COPY_FILE:
		return file_begin(rules, untrusted_record);
	case COPY_FILE_END:
		rules->in_file = false;
		return NULL;
	case COPY_FOLDER:
		return folder_begin(rules, untrusted_record);
	case COPY_LINK:
		return link_take(rules, untrusted_record);
	case COPY_FOLDER_END:
		if (rules->depth == 0)
			return out_of_order();
		rules->depth--;
		return NULL;
	case COPY_SKIPPED:
		return NULL;
	case COPY_END:
		if (rules->depth > 0 || rules->items_left > 0)
			return out_of_order();
		rules->phase = COPY_PHASE_ENDED;
		return NULL;
	default:
		return out_of_order();
	}
}

static const char *begin(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	if (untrusted_record->type != COPY_BEGIN)
		return out_of_order();
	if (untrusted_record->version != COPY_VERSION)
		return "uses another version of the copy protocol: after an upgrade, restart the "
		       "VM";
	if (untrusted_record->items == 0)
		return "sends nothing";
	rules->items_left = untrusted_record->items;
	rules->phase = COPY_PHASE_ITEMS;
	return NULL;
}

static const char *item(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	const struct copy_span *name = &untrusted_record->name;

	if (untrusted_record->type != COPY_ITEM)
		return out_of_order();
	if (!copy_name_is_allowed(name->bytes, name->length))
		return "sent a name that is not allowed";
	if (--rules->items_left == 0)
		rules->phase = COPY_PHASE_CHOOSING;
	return NULL;
}

const char *copy_rules_feed(struct copy_rules *rules, const struct copy_record *untrusted_record)
{
	switch (rules->phase) {
	case COPY_PHASE_NEW:
		return begin(rules, untrusted_record);
	case COPY_PHASE_ITEMS:
		return item(rules, untrusted_record);
	case COPY_PHASE_TREE:
		return tree_feed(rules, untrusted_record);
	default:
		return out_of_order();
	}
}

void copy_rules_go(struct copy_rules *rules, uint32_t wanted)
{
	rules->items_left = wanted;
	rules->phase = COPY_PHASE_TREE;
}
