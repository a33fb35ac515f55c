/* The host's notification service (org.freedesktop.Notifications), as all VMs share it. */
#ifndef VMSILO_TRAY_NOTICES_SERVICE_H
#define VMSILO_TRAY_NOTICES_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tray/bus/names.h"

#define CAPABILITIES_MAX 8
#define CAPABILITY_SIZE 32

struct host_service {
	struct bus *bus;                                      /* the program's */
	char capabilities[CAPABILITIES_MAX][CAPABILITY_SIZE]; /* those that are passed on */
	size_t capabilities_count;
	bool markup; /* it takes bodies for markup */
	DBusPendingCall *call;
	void (*on_capabilities)(void *data); /* they have changed */
	void *data;
};

/* Asks for the capabilities, and again whenever the service has another owner. */
void host_service_init(struct host_service *service, struct bus *bus,
	void (*on_capabilities)(void *data), void *data);
void host_service_finish(struct host_service *service);
/* A notification's body; text is what text_strip() left, at most TRAY_TEXT_MAX bytes of it. */
void host_service_put_body(
	const struct host_service *service, DBusMessageIter *to, const char *text);
void host_service_close(struct host_service *service, uint32_t host_id);
/* To receive every signal of the bus. */
void host_service_signal(struct host_service *service, DBusMessage *signal);

#endif
