#include "guest-agent/system/memory-report.h"

#include "proto/base/log.h"
#include "proto/io/memory-stat.h"

void memory_reporter_init(struct memory_reporter *reporter, uv_loop_t *loop,
	void (*send)(void *data, const Vmsilo__Control__Report *message), void *data)
{
	*reporter = (struct memory_reporter){.loop = loop, .send = send, .data = data};
}

static void report(struct memory_reporter *reporter, bool pressure)
{
	Vmsilo__Control__Report message = VMSILO__CONTROL__REPORT__INIT;
	struct memory_stat stat;
	int code = memory_stat_read(&stat);

	if (code < 0) {
		log_warning(NULL, "cannot read /proc/meminfo: %s", uv_strerror(code));
		return;
	}
	message.total = stat.info.total;
	message.free = stat.info.free;
	message.available = stat.info.available;
	message.cached = stat.info.cached;
	message.some_avg10 = stat.pressure.some.avg10;
	message.some_avg60 = stat.pressure.some.avg60;
	message.some_total_us = stat.pressure.some.total_us;
	message.full_avg10 = stat.pressure.full.avg10;
	message.full_avg60 = stat.pressure.full.avg60;
	message.full_total_us = stat.pressure.full.total_us;
	message.pressure = pressure;
	reporter->send(reporter->data, &message);
}

static void on_pressure(void *data)
{
	report(data, true);
}

void memory_reporter_want(struct memory_reporter *reporter, bool pressure)
{
	if (!pressure)
		memory_reporter_rest(reporter);
	else if (!reporter->trigger) {
		int code = pressure_trigger_create(
			reporter->loop, on_pressure, reporter, &reporter->trigger);
		if (code < 0)
			log_info(NULL, "the kernel does not report memory pressure: %s",
				uv_strerror(code));
	}
	report(reporter, false);
}

void memory_reporter_rest(struct memory_reporter *reporter)
{
	if (reporter->trigger)
		pressure_trigger_destroy(reporter->trigger);
	reporter->trigger = NULL;
}
