#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/usb/usb.h"
#include "guest-agent/usb/vhci-status.h"
#include "guest-agent/usb/vhci.h"
#include "tests/lib/test.h"

static const char table[] = "hub port sta spd dev      sockfd local_busid\n"
			    "hs  0000 006 003 00010002 000003 1-1\n"
			    "hs  0001 004 000 00000000 000000 0-0\n"
			    "ss  0015 006 005 00010003 000004 2-1\n"
			    "ss  0016 005 000 00000000 000000 0-0\n";

static void test_free_port(void **state)
{
	unsigned int port = 99;

	(void)state;
	assert_int_equal(vhci_status_free_port(table, false, &port), 0);
	assert_int_equal(port, 1);
	assert_int_equal(vhci_status_free_port(table, true, &port), UV_EBUSY);
	assert_int_equal(vhci_status_free_port("hub port sta\n", true, &port), UV_EINVAL);
	assert_int_equal(vhci_status_free_port("", false, &port), UV_EINVAL);
}

/* ---- a controller of plain files ---- */

struct rig {
	uv_loop_t loop;
	struct usb_devices devices;
	char directory[64];
	int ends[2];
	uint16_t told; /* the last message's type */
	uint32_t id, port;
	char error[USB_ERROR_MAX];
};

static void on_tell(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct rig *rig = data;

	rig->told = type;
	if (type == FRAME_USB_ATTACHED) {
		const Vmsilo__Control__UsbAttached *attached =
			(const Vmsilo__Control__UsbAttached *)message;
		rig->id = attached->id;
		rig->port = attached->port;
		snprintf(rig->error, sizeof(rig->error), "%s", attached->error);
	} else {
		rig->id = ((const Vmsilo__Control__UsbDetached *)message)->id;
	}
}

static void file_write(const struct rig *rig, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig->directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static const char *file_read(const struct rig *rig, const char *name)
{
	static char text[128];
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig->directory, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

static int rig_up(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.directory, "/tmp/test-usb-XXXXXX");
	assert_non_null(mkdtemp(rig.directory));
	file_write(&rig, "status", table);
	file_write(&rig, "attach", "");
	file_write(&rig, "detach", "");
	uv_loop_init(&rig.loop);
	usb_devices_init(&rig.devices, &rig.loop, rig.directory, on_tell, &rig);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, rig.ends), 0);
	fcntl(rig.ends[0], F_SETFL, O_NONBLOCK);
	*state = &rig;
	return 0;
}

static int rig_down(void **state)
{
	struct rig *rig = *state;
	char command[128];

	close(rig->ends[1]);
	while (uv_run(&rig->loop, UV_RUN_ONCE) != 0)
		;
	assert_int_equal(rig->devices.count, 0);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	snprintf(command, sizeof(command), "rm -r %s", rig->directory);
	return system(command);
}

static const struct grant grant = {.token = {.bytes = "fifteen letters"}, .port = PORT_USB};

static int attach(struct rig *rig, uint32_t id, uint32_t speed)
{
	Vmsilo__Control__UsbAttach message = VMSILO__CONTROL__USB_ATTACH__INIT;

	message.id = id;
	message.token.data = (uint8_t *)grant.token.bytes;
	message.token.len = TOKEN_SIZE;
	message.devid = 0x10002;
	message.speed = speed;
	return usb_devices_attach(&rig->devices, &message);
}

static int on_frame(void *data, const struct frame *frame)
{
	(void)data;
	(void)frame;
	return UV_EPROTO;
}

static void on_close(void *data, int reason)
{
	(void)data;
	(void)reason;
}

static void stream(struct rig *rig)
{
	static const struct channel_ops ops = {.on_frame = on_frame, .on_close = on_close};
	struct channel *channel;

	assert_int_equal(channel_create(&rig->loop, rig->ends[0], &ops, rig, &channel), 0);
	usb_devices_add_stream(&rig->devices, channel, &grant);
}

static void expect_attached(struct rig *rig)
{
	char expected[64];
	unsigned int fd;

	assert_int_equal(rig->told, FRAME_USB_ATTACHED);
	assert_string_equal(rig->error, "");
	assert_int_equal(rig->id, 7);
	assert_int_equal(rig->port, 1);
	assert_int_equal(sscanf(file_read(rig, "attach"), "1 %u", &fd), 1);
	snprintf(expected, sizeof(expected), "1 %u %d 3", fd, 0x10002);
	assert_string_equal(file_read(rig, "attach"), expected);
}

static void test_message_first(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(attach(rig, 7, VHCI_SPEED_HIGH), 0);
	assert_int_equal(rig->told, 0);
	stream(rig);
	expect_attached(rig);
}

static void test_stream_first(void **state)
{
	struct rig *rig = *state;
	Vmsilo__Control__UsbDetach detach = VMSILO__CONTROL__USB_DETACH__INIT;

	stream(rig);
	assert_int_equal(attach(rig, 7, VHCI_SPEED_HIGH), 0);
	expect_attached(rig);
	assert_int_equal(attach(rig, 7, VHCI_SPEED_HIGH), UV_EPROTO);
	detach.id = 7;
	assert_int_equal(usb_devices_detach(&rig->devices, &detach), 0);
	assert_string_equal(file_read(rig, "detach"), "1");
	/* The end of the stream is what counts. */
	assert_int_equal(rig->told, FRAME_USB_ATTACHED);
	shutdown(rig->ends[1], SHUT_RDWR);
	while (rig->told == FRAME_USB_ATTACHED)
		uv_run(&rig->loop, UV_RUN_ONCE);
	assert_int_equal(rig->told, FRAME_USB_DETACHED);
	assert_int_equal(rig->id, 7);
}

static void test_port_taken(void **state)
{
	struct rig *rig = *state;

	stream(rig);
	assert_int_equal(attach(rig, 7, VHCI_SPEED_SUPER), 0);
	assert_int_equal(rig->told, FRAME_USB_ATTACHED);
	assert_non_null(strstr(rig->error, "in use"));
	assert_string_equal(file_read(rig, "attach"), "");
}

static void test_no_controller(void **state)
{
	struct rig *rig = *state;

	rig->devices.vhci = "/nowhere";
	stream(rig);
	assert_int_equal(attach(rig, 7, VHCI_SPEED_HIGH), 0);
	assert_non_null(strstr(rig->error, "no vhci_hcd"));
}

static void test_violations(void **state)
{
	struct rig *rig = *state;
	Vmsilo__Control__UsbAttach message = VMSILO__CONTROL__USB_ATTACH__INIT;

	assert_int_equal(usb_devices_attach(&rig->devices, &message), UV_EPROTO);
	assert_int_equal(attach(rig, 0, VHCI_SPEED_HIGH), UV_EPROTO);
	assert_int_equal(attach(rig, 7, 0), UV_EPROTO);
	assert_int_equal(attach(rig, 7, 4), UV_EPROTO);
	assert_int_equal(attach(rig, 7, 6), UV_EPROTO);
	assert_int_equal(rig->devices.count, 0);
	close(rig->ends[0]);
}

#define RIGGED(test) cmocka_unit_test_setup_teardown(test, rig_up, rig_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_free_port),
		RIGGED(test_message_first),
		RIGGED(test_stream_first),
		RIGGED(test_port_taken),
		RIGGED(test_no_controller),
		RIGGED(test_violations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
