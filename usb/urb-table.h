/*
 * The requests that a server holds, by sequence number, and what they cost: bounded in number and
 * in bytes, whatever the guest asks for. Pure; an entry is embedded in what it stands for.
 */
#ifndef VMSILO_USB_URB_TABLE_H
#define VMSILO_USB_URB_TABLE_H

#include <stddef.h>
#include <stdint.h>

#define URB_TABLE_MAX 1024                      /* requests held at once */
#define URB_TABLE_MEMORY_MAX (32 * 1024 * 1024) /* bytes of their data */
#define URB_TABLE_BUCKETS 256

struct urb_entry {
	uint32_t seqnum;
	size_t memory;
	struct urb_entry *next; /* in its bucket */
};

struct urb_table {
	struct urb_entry *buckets[URB_TABLE_BUCKETS];
	size_t count;
	size_t memory;
};

void urb_table_init(struct urb_table *table);
/* entry's seqnum and memory are set. UV_EEXIST when the number is held already; UV_ENOBUFS when one
 * of the limits would be passed. */
int urb_table_add(struct urb_table *table, struct urb_entry *entry);
/* Whether memory bytes more may be held. */
int urb_table_admits(const struct urb_table *table, size_t memory);
/* NULL when it is not held. */
struct urb_entry *urb_table_find(const struct urb_table *table, uint32_t seqnum);
/* The entry is in the table. */
void urb_table_remove(struct urb_table *table, struct urb_entry *entry);

#endif
