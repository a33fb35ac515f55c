/*
 * How fast this machine's time stamp counter counts, which is what an emulated guest reads.
 *
 * QEMU's microvm has neither HPET nor PM timer, and under software emulation the guest's kernel
 * cannot measure the counter against the PIT either: it hangs in the calibration of its delay loop.
 * A guest that is told the rate (tsc_early_khz=, kernel-parameters) does not measure.
 */
#ifndef VMSILO_BROKER_MONITOR_TSC_H
#define VMSILO_BROKER_MONITOR_TSC_H

#include <stdint.h>

/* Measures for TSC_MEASURE_MS, blocking. kHz; 0 where there is no such counter. */
#define TSC_MEASURE_MS 20
uint32_t tsc_khz(void);

#endif
