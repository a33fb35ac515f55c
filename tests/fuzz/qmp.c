/* A line of QMP. */
#include <stddef.h>
#include <stdint.h>

#include "host-broker/vmm/qmp-codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qmp_message message;

	qmp_decode((const char *)data, size, &message);
	return 0;
}
