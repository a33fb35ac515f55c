/*
 * What "tests/bench usb" measures against and with, beside the device itself:
 *
 *   join BUS-PORT DEVID PORT    the least that USB/IP costs: the kernel's own server (usbip-host,
 *                               bound to the device already) and vhci_hcd's port, joined by a vsock
 *                               stream in this kernel. Stays until it is ended.
 *   read NODE PIECE COUNT TOTAL so many bytes of a disk in pieces, COUNT of them in flight, as no
 *                               driver of the kernel asks for them. Prints milliseconds.
 */
#include <fcntl.h>
#include <libusb.h>
#include <linux/vm_sockets.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/io/vsock-buffer.h"
#include "proto/limits.h"

#define PORT_JOIN 6010
#define SPEED_SUPER 5 /* as vhci_hcd counts */
#define FLIGHT_MAX 64
#define BLOCK 512
#define COMMAND_BLOCKS 32768 /* of one SCSI command */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* ---- join ---- */

static void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void stream_make(int ret[2])
{
	struct sockaddr_vm address = {
		.svm_family = AF_VSOCK, .svm_port = PORT_JOIN, .svm_cid = VMADDR_CID_ANY};
	int listener = socket(AF_VSOCK, SOCK_STREAM, 0);

	if (bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(listener, 1) < 0)
		die("vsock");
	address.svm_cid = VMADDR_CID_LOCAL;
	ret[0] = socket(AF_VSOCK, SOCK_STREAM, 0);
	if (connect(ret[0], (const struct sockaddr *)&address, sizeof(address)) < 0)
		die("vsock");
	ret[1] = accept(listener, NULL, NULL);
	vsock_buffer_set(ret[0], USB_STREAM_BUFFER);
	vsock_buffer_set(ret[1], USB_STREAM_BUFFER);
}

static int join(const char *device, const char *devid, const char *port)
{
	char path[128], text[128];
	int ends[2];

	stream_make(ends);
	snprintf(path, sizeof(path), "/sys/bus/usb/devices/%s/usbip_sockfd", device);
	snprintf(text, sizeof(text), "%d", ends[0]);
	file_write(path, text);
	snprintf(text, sizeof(text), "%s %d %s %d", port, ends[1], devid, SPEED_SUPER);
	file_write("/sys/devices/platform/vhci_hcd.0/attach", text);
	pause();
	return 0;
}

/* ---- read ---- */

struct disk {
	libusb_context *context;
	libusb_device_handle *handle;
	uint8_t in, out; /* endpoints */
	size_t left;     /* of this command, not asked for yet */
	size_t in_flight;
};

static void check(int code)
{
	if (code >= 0)
		return;
	fprintf(stderr, "%s\n", libusb_strerror((enum libusb_error)code));
	exit(1);
}

static void disk_open(const char *node, struct disk *ret)
{
	struct libusb_config_descriptor *config;
	int fd = open(node, O_RDWR);

	if (fd < 0)
		die(node);
	check(libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY));
	check(libusb_init(&ret->context));
	check(libusb_wrap_sys_device(ret->context, fd, &ret->handle));
	check(libusb_set_auto_detach_kernel_driver(ret->handle, 1));
	check(libusb_claim_interface(ret->handle, 0));
	check(libusb_get_active_config_descriptor(libusb_get_device(ret->handle), &config));
	const struct libusb_interface_descriptor *interface = &config->interface[0].altsetting[0];
	for (uint8_t i = 0; i < interface->bNumEndpoints; i++) {
		uint8_t address = interface->endpoint[i].bEndpointAddress;
		*(address & LIBUSB_ENDPOINT_IN ? &ret->in : &ret->out) = address;
	}
	libusb_free_config_descriptor(config);
}

static void piece_ask(struct disk *disk, struct libusb_transfer *transfer)
{
	if (disk->left == 0)
		return;
	disk->left -= (size_t)transfer->length;
	disk->in_flight++;
	check(libusb_submit_transfer(transfer));
}

static void LIBUSB_CALL on_piece(struct libusb_transfer *transfer)
{
	struct disk *disk = transfer->user_data;

	if (transfer->status != LIBUSB_TRANSFER_COMPLETED ||
		transfer->actual_length != transfer->length)
		die("a piece came short");
	disk->in_flight--;
	piece_ask(disk, transfer);
}

/* Bulk-only transport: the command, its data, its status. */
static void command_do(
	struct disk *disk, uint32_t first, struct libusb_transfer **transfers, size_t count)
{
	const uint32_t blocks = COMMAND_BLOCKS, bytes = blocks * BLOCK;
	uint8_t command[31] = {'U', 'S', 'B', 'C', [8] = (uint8_t)bytes, (uint8_t)(bytes >> 8),
		(uint8_t)(bytes >> 16), (uint8_t)(bytes >> 24), 0x80, 0, 10, 0x28, 0,
		(uint8_t)(first >> 24), (uint8_t)(first >> 16), (uint8_t)(first >> 8),
		(uint8_t)first, 0, (uint8_t)(blocks >> 8), (uint8_t)blocks};
	uint8_t status[13];
	int length;

	check(libusb_bulk_transfer(disk->handle, disk->out, command, sizeof(command), &length, 0));
	disk->left = bytes;
	for (size_t i = 0; i < count; i++)
		piece_ask(disk, transfers[i]);
	while (disk->in_flight > 0)
		check(libusb_handle_events(disk->context));
	check(libusb_bulk_transfer(disk->handle, disk->in, status, sizeof(status), &length, 0));
	if (status[12] != 0)
		die("the disk refuses to be read");
}

static double now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int read_all(const char *node, int piece, size_t count, size_t total)
{
	static struct disk disk;
	struct libusb_transfer *transfers[FLIGHT_MAX];

	disk_open(node, &disk);
	for (size_t i = 0; i < count; i++) {
		unsigned char *memory = libusb_dev_mem_alloc(disk.handle, (size_t)piece);
		transfers[i] = libusb_alloc_transfer(0);
		if (!memory || !transfers[i])
			die("memory");
		libusb_fill_bulk_transfer(
			transfers[i], disk.handle, disk.in, memory, piece, on_piece, &disk, 0);
	}
	double start = now_ms();
	for (size_t at = 0; at < total; at += COMMAND_BLOCKS * BLOCK)
		command_do(&disk, (uint32_t)(at / BLOCK), transfers, count);
	printf("%.0f\n", now_ms() - start);
	check(libusb_release_interface(disk.handle, 0));
	libusb_close(disk.handle);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "join") == 0)
		return join(argv[2], argv[3], argv[4]);
	if (argc == 6 && strcmp(argv[1], "read") == 0) {
		size_t count = strtoul(argv[4], NULL, 10);
		return count <= FLIGHT_MAX
			       ? read_all(argv[2], atoi(argv[3]), count, strtoul(argv[5], NULL, 10))
			       : 2;
	}
	fprintf(stderr, "wrong usage\n");
	return 2;
}
