#include "host-broker/memory/report-check.h"

#include <uv.h>

#define LOST_MAX (100 * PRESSURE_PERCENT)

int report_check(
	const Vmsilo__Control__Report *untrusted_report, uint64_t memory, struct report *ret)
{
	const Vmsilo__Control__Report *report = untrusted_report;

	if (report->total == 0 || report->total > memory || report->free > report->total ||
		report->available > report->total || report->cached > report->total)
		return UV_EPROTO;
	if (report->some_avg10 > LOST_MAX || report->some_avg60 > LOST_MAX ||
		report->full_avg10 > LOST_MAX || report->full_avg60 > LOST_MAX)
		return UV_EPROTO;
	*ret = (struct report){
		.info = {.total = report->total,
			.free = report->free,
			.available = report->available,
			.cached = report->cached},
		.pressure = {.some = {report->some_avg10, report->some_avg60,
				     report->some_total_us},
			.full = {report->full_avg10, report->full_avg60, report->full_total_us}},
		.by_pressure = report->pressure,
	};
	return 0;
}
