/* A guest's kernel in a few lines, over a server and the device that exists in memory only. */
#ifndef VMSILO_TESTS_LIB_USB_RIG_H
#define VMSILO_TESTS_LIB_USB_RIG_H

#include "tests/lib/fake-usb.h"
#include "usb/server.h"
#include "usb/stream.h"

#define DEVID 0x10002

struct rig {
	struct device device;
	struct server *server;
	struct stream *stream; /* the test's own, or NULL */
	unsigned int outputs, lost, idle;
};

int rig_up(void **state);
int rig_down(void **state);

struct submit {
	uint32_t seqnum;
	bool in;
	uint32_t endpoint, length, packets, flags;
	uint8_t setup[8];
};

void put(uint8_t *bytes, size_t at, uint32_t value);
uint32_t get(const uint8_t *bytes, size_t at);
void submit_header(uint8_t header[48], struct submit submit);
void unlink_header(uint8_t header[48], uint32_t seqnum, uint32_t victim);
/* Takes all of the bytes, in as many turns as they need. */
int receive(struct rig *rig, const uint8_t *bytes, size_t length);
int submit(struct rig *rig, struct submit submit);
int unlink_urb(struct rig *rig, uint32_t seqnum, uint32_t victim);

struct answer {
	uint32_t command, seqnum, actual, packets, errors;
	int32_t status;
};

/* Takes length bytes of the output. */
void take(struct rig *rig, uint8_t *out, size_t length);
struct answer answer_take(struct rig *rig);
void expect(struct rig *rig, uint32_t command, uint32_t seqnum, int status, uint32_t actual);
void expect_nothing(struct rig *rig);

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, rig_up, rig_down)

#endif
