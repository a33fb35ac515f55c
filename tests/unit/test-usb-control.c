#include <errno.h>
#include <string.h>

#include "tests/lib/test.h"
#include "tests/lib/usb-rig.h"

/* ---- requests that libusb carries out ---- */

static int control(struct rig *rig, uint32_t seqnum, const char *setup)
{
	struct submit request = {.seqnum = seqnum};

	memcpy(request.setup, setup, 8);
	fake_usb.calls[0] = '\0';
	submit(rig, request);
	return answer_take(rig).status;
}

static void test_control_kept(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(control(rig, 1, "\0\x05\x07\0\0\0\0\0"), -EPIPE); /* SET_ADDRESS */
	assert_string_equal(fake_usb.calls, "");
	assert_int_equal(control(rig, 2, "\0\x09\x01\0\0\0\0\0"), 0); /* the active one */
	assert_string_equal(fake_usb.calls, "");
	assert_int_equal(control(rig, 3, "\0\x09\x02\0\0\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "config 2, claim 0, ");
	assert_non_null(device_endpoint(&rig->device, 6, true));
	assert_null(device_endpoint(&rig->device, 1, true));
	assert_int_equal(control(rig, 4, "\0\x09\0\0\0\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "release 0, config -1, ");
	assert_int_equal(control(rig, 5, "\0\x09\x07\0\0\0\0\0"), -EPIPE);
	assert_int_equal(control(rig, 6, "\0\x09\x01\0\0\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "config 1, claim 0, claim 1, ");
	assert_int_equal(control(rig, 7, "\x01\x0b\x01\0\x01\0\0\0"), 0);
	assert_int_equal(control(rig, 8, "\x01\x0b\x02\0\x01\0\0\0"), -EPIPE); /* no such setting */
	assert_int_equal(control(rig, 9, "\0\x09\x01\0\0\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "alternate 1 0, ");
	assert_int_equal(control(rig, 10, "\x02\x01\0\0\x81\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "clear 81, ");
	assert_int_equal(control(rig, 11, "\x02\x01\0\0\x8a\0\0\0"), -EPIPE);
	assert_int_equal(control(rig, 12, "\x23\x03\x04\0\x01\0\0\0"), 0);
	assert_string_equal(fake_usb.calls, "reset, ");
	assert_int_equal(fake_usb.count, 0);
	fake_usb.call_code = LIBUSB_ERROR_NOT_FOUND;
	assert_int_equal(control(rig, 13, "\x23\x03\x04\0\x01\0\0\0"), -ENODEV);
	assert_int_equal(rig->lost, 1);
}

static void test_control_through(void **state)
{
	struct rig *rig = *state;
	uint8_t data[18];

	submit(rig, (struct submit){.seqnum = 1,
			    .in = true,
			    .length = 18,
			    .setup = {0x80, 6, 0, 1, 0, 0, 18, 0}});
	assert_int_equal(fake_usb.pending[0]->length, 26);
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 18);
	expect(rig, USBIP_RET_SUBMIT, 1, 0, 18);
	take(rig, data, 18);
	/* A setup that wants more than the request has room for, or goes the other way. */
	submit(rig, (struct submit){.seqnum = 2,
			    .in = true,
			    .length = 18,
			    .setup = {0x80, 6, 0, 1, 0, 0, 19, 0}});
	expect(rig, USBIP_RET_SUBMIT, 2, -EINVAL, 0);
	submit(rig, (struct submit){.seqnum = 3,
			    .in = true,
			    .length = 18,
			    .setup = {0x00, 6, 0, 1, 0, 0, 18, 0}});
	expect(rig, USBIP_RET_SUBMIT, 3, -EINVAL, 0);
	assert_int_equal(fake_usb.count, 0);
}

static void test_claim(void **state)
{
	struct rig *rig = *state;
	uint8_t interface;

	assert_int_equal(device_claim(&rig->device, &interface), 0);
	assert_string_equal(fake_usb.calls, "claim 0, claim 1, ");
	fake_usb.calls[0] = '\0';
	device_release(&rig->device);
	assert_string_equal(fake_usb.calls, "release 0, release 1, ");
	fake_usb.call_code = LIBUSB_ERROR_BUSY;
	assert_int_equal(device_claim(&rig->device, &interface), LIBUSB_ERROR_BUSY);
	assert_int_equal(interface, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(test_control_kept),
		RIGGED(test_control_through),
		RIGGED(test_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
