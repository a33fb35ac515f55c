/*
 * How fast this machine's time stamp counter counts, which is what an emulated guest reads.
 *
 * A guest's kernel measures it against another clock of the machine, for some milliseconds. Under
 * software emulation that goes wrong: QEMU's microvm has neither HPET nor PM timer, and hangs in
 * the calibration of its delay loop; on a q35 whose processor has to wait in the middle, the least
 * of three measurements against the PIT is ten times too slow, and with it the guest's seconds ten
 * times too short. A guest that is told the rate (tsc_early_khz=, kernel-parameters) does not rely
 * on what it measures.
 */
#ifndef VMSILO_BROKER_MONITOR_TSC_H
#define VMSILO_BROKER_MONITOR_TSC_H

#include <stdint.h>

/* kHz; 0 where there is no such counter. The first call measures for TSC_MEASURE_MS, blocking. */
#define TSC_MEASURE_MS 20
uint32_t tsc_khz(void);

#endif
