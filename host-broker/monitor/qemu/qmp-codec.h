/*
 * QMP messages, one JSON object a line (QEMU's docs/interop/qmp-spec). The monitor is ours, but the
 * guest can bring it down: what comes is checked like any peer's. Pure.
 */
#ifndef VMSILO_BROKER_MONITOR_QEMU_QMP_CODEC_H
#define VMSILO_BROKER_MONITOR_QEMU_QMP_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/monitor/end.h"

#define QMP_LINE_MAX \
	(16 * 1024) /* bytes; the greeting has some 300, replies that we ask for less */

enum qmp_kind {
	QMP_GREETING,
	QMP_RETURN,
	QMP_ERROR, /* text: what QEMU says about it */
	QMP_EVENT, /* name, and reason where the event has one */
	QMP_OTHER,
};

struct qmp_message {
	enum qmp_kind kind;
	char name[64];
	char reason[64];
	char text[256];
	char action[16]; /* of an event of a disk: "stop" */
	char status[32]; /* of query-status */
	bool no_space;   /* likewise: there was no room */
	char id[16];     /* of the command that is answered */
	int64_t actual;  /* bytes of guest memory, of query-balloon and BALLOON_CHANGE; else -1 */
};

/* A line without its newline. UV_EPROTO when it is no JSON object. */
int qmp_decode(const char *line, size_t length, struct qmp_message *ret);
/* What a reason of the event SHUTDOWN means; UNKNOWN for one that is not known. */
enum monitor_end qmp_end_of(const char *reason);

#endif
