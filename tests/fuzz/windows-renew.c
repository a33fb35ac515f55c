/*
 * What a guest's or another program's clipboard holds: the first byte says its kind.
 *
 * Covers: tray/windows/clipboard/renew.c
 * Leaves out: nothing
 */
#include "tests/fuzz/input.h"
#include "tray/windows/clipboard/renew.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob *blob, *again;

	if (size == 0)
		return 0;
	Vmsilo__Windows__ClipboardKind kind = (Vmsilo__Windows__ClipboardKind)(data[0] % 3);
	if (renew(kind, data + 1, size - 1, 1 << 20, &blob) < 0 || !blob)
		return 0;
	/* What was made anew may cross a second time, and is the same then. */
	if (renew(kind, blob->bytes, blob->length, 1 << 20, &again) < 0 ||
		again->length != blob->length)
		__builtin_trap();
	blob_release(again);
	blob_release(blob);
	return 0;
}
