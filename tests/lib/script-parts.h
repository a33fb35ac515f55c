/*
 * Parts that a test supplies to the starts of a real broker: VMSILO_TEST_PARTS/VM/NAME.WHAT, each a
 * program that gets the VM's name. WHAT: "once": the part is ready when it has exited with 0;
 * "stops", "degrades", "restarts": it lasts, and that is what its end means.
 */
#ifndef VMSILO_TESTS_SCRIPT_PARTS_H
#define VMSILO_TESTS_SCRIPT_PARTS_H

#include "host-broker/vm/launch.h"

/* A list for broker_main(). */
extern const struct part_source script_parts[];

#endif
