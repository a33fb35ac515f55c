#include "host-broker/client/reason-message.h"

void reason_messages_fill(struct reason_messages *messages, const struct reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++) {
		const struct reason *reason = &reasons->items[i];
		Vmsilo__Broker__Reason *item = messages->pointers[i] = &messages->items[i];
		vmsilo__broker__reason__init(item);
		item->code = (char *)reason_name(reason->code);
		item->subject = (char *)reason->subject;
		item->text = (char *)reason->text;
		item->at_ms = reason->at_ms;
	}
}
