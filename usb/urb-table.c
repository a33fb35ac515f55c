#include "usb/urb-table.h"

#include <assert.h>
#include <uv.h>

/* vhci numbers its requests in order, so that neighbours fall into neighbouring buckets. */
static size_t bucket_of(uint32_t seqnum)
{
	return seqnum % URB_TABLE_BUCKETS;
}

void urb_table_init(struct urb_table *table)
{
	*table = (struct urb_table){0};
}

int urb_table_admits(const struct urb_table *table, size_t memory)
{
	if (table->count >= URB_TABLE_MAX || memory > URB_TABLE_MEMORY_MAX ||
		table->memory > URB_TABLE_MEMORY_MAX - memory)
		return UV_ENOBUFS;
	return 0;
}

int urb_table_add(struct urb_table *table, struct urb_entry *entry)
{
	struct urb_entry **bucket = &table->buckets[bucket_of(entry->seqnum)];
	int code = urb_table_admits(table, entry->memory);

	if (urb_table_find(table, entry->seqnum))
		return UV_EEXIST;
	if (code < 0)
		return code;
	entry->next = *bucket;
	*bucket = entry;
	table->count++;
	table->memory += entry->memory;
	return 0;
}

struct urb_entry *urb_table_find(const struct urb_table *table, uint32_t seqnum)
{
	struct urb_entry *entry = table->buckets[bucket_of(seqnum)];

	while (entry && entry->seqnum != seqnum)
		entry = entry->next;
	return entry;
}

void urb_table_remove(struct urb_table *table, struct urb_entry *entry)
{
	struct urb_entry **place = &table->buckets[bucket_of(entry->seqnum)];

	while (*place != entry) {
		assert(*place);
		place = &(*place)->next;
	}
	*place = entry->next;
	table->count--;
	table->memory -= entry->memory;
}
