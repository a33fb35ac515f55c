#include "host-broker/vm/watch.h"

#include <stdalign.h>
#include <stdlib.h>
#include <uv.h>

void vm_watchers_init(struct vm_watchers *watchers)
{
	*watchers = (struct vm_watchers){0};
	TAILQ_INIT(&watchers->list);
}

static size_t slot_aligned(size_t size)
{
	size_t unit = alignof(max_align_t);

	return (size + unit - 1) / unit * unit;
}

int vm_watchers_add(struct vm_watchers *watchers, struct vm_watcher *watcher)
{
	if (watchers->in_use)
		return UV_EBUSY;
	watcher->slot_offset = watchers->slots_size;
	watchers->slots_size += slot_aligned(watcher->slot_size);
	TAILQ_INSERT_TAIL(&watchers->list, watcher, link);
	return 0;
}

bool vm_watchers_tell_now(const struct vm_watchers *watchers)
{
	return watchers->telling;
}

/* ---- a VM's beginning and end ---- */

void *vm_watchers_slots(struct vm_watchers *watchers)
{
	watchers->in_use = true;
	return calloc(1, watchers->slots_size > 0 ? watchers->slots_size : 1);
}

void vm_watchers_begin(struct vm_watchers *watchers, struct vm *vm)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_begin)
			watcher->on_begin(watcher->data, vm);
}

void vm_watchers_end(struct vm_watchers *watchers, struct vm *vm)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH_REVERSE (watcher, &watchers->list, vm_watcher_list, link)
		if (watcher->on_end)
			watcher->on_end(watcher->data, vm);
}

/* ---- what happens to it ---- */

static void state_tell(const struct vm_watchers *watchers, const struct vm_news *news)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_state)
			watcher->on_state(watcher->data, news->vm, news->from);
}

static void change_tell(const struct vm_watchers *watchers, const struct vm_news *news)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_change)
			watcher->on_change(watcher->data, news->vm, news->change);
}

static void removed_tell(const struct vm_watchers *watchers, const struct vm_news *news)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH_REVERSE (watcher, &watchers->list, vm_watcher_list, link)
		if (watcher->on_removed)
			watcher->on_removed(watcher->data, news->vm);
}

static void one_tell(const struct vm_watchers *watchers, const struct vm_news *news)
{
	switch (news->kind) {
	case VM_NEWS_STATE:
		state_tell(watchers, news);
		break;
	case VM_NEWS_CHANGE:
		change_tell(watchers, news);
		break;
	case VM_NEWS_REMOVED:
		removed_tell(watchers, news);
		break;
	}
}

static struct vm_news waiting_take(struct vm_watchers *watchers)
{
	struct vm_news news = watchers->waiting[watchers->first];

	watchers->first = (watchers->first + 1) % VM_NEWS_MAX;
	watchers->count--;
	return news;
}

static void news_tell(struct vm_watchers *watchers, const struct vm_news *news)
{
	if (watchers->telling && watchers->count < VM_NEWS_MAX) {
		watchers->waiting[(watchers->first + watchers->count++) % VM_NEWS_MAX] = *news;
		return;
	}
	bool outermost = !watchers->telling;

	watchers->telling = true;
	one_tell(watchers, news);
	while (outermost && watchers->count > 0) {
		const struct vm_news next = waiting_take(watchers);
		one_tell(watchers, &next);
	}
	watchers->telling = !outermost;
}

void vm_watchers_state(struct vm_watchers *watchers, struct vm *vm, enum vm_state from)
{
	news_tell(watchers, &(const struct vm_news){.vm = vm, .kind = VM_NEWS_STATE, .from = from});
}

void vm_watchers_change(struct vm_watchers *watchers, struct vm *vm, enum vm_change change)
{
	news_tell(watchers,
		&(const struct vm_news){.vm = vm, .kind = VM_NEWS_CHANGE, .change = change});
}

void vm_watchers_removed(struct vm_watchers *watchers, struct vm *vm)
{
	news_tell(watchers, &(const struct vm_news){.vm = vm, .kind = VM_NEWS_REMOVED});
}

int vm_watchers_message(const struct vm_watchers *watchers, struct vm *vm, uint16_t type,
	const ProtobufCMessage *untrusted_message)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_message && type >= watcher->first_type &&
			type <= watcher->last_type)
			return watcher->on_message(watcher->data, vm, type, untrusted_message);
	return UV_EPROTO;
}

void vm_watchers_console(
	const struct vm_watchers *watchers, struct vm *vm, const char *bytes, size_t length)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_console)
			watcher->on_console(watcher->data, vm, bytes, length);
}

void vm_watchers_note(const struct vm_watchers *watchers, struct vm *vm, const char *text)
{
	struct vm_watcher *watcher;

	TAILQ_FOREACH (watcher, &watchers->list, link)
		if (watcher->on_note)
			watcher->on_note(watcher->data, vm, text);
}
