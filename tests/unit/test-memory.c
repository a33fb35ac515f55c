/* Memory's smaller parts: admission, the check of reports, what monitors take, what QMP tells. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "host-broker/memory/admission.h"
#include "host-broker/memory/page-out.h"
#include "host-broker/memory/report-check.h"
#include "host-broker/memory/resident.h"
#include "host-broker/monitor/qemu/qmp-codec.h"
#include "tests/lib/test.h"

#define MIB BALLOON_MIB

static void test_admission(void **state)
{
	const struct balloon_host host = {.available = 1000 * MIB, .reserve = 200 * MIB};
	const struct admission_holder holders[] = {
		{"a", 128 * MIB, 500 * MIB}, /* can give 372 */
		{"b", 256 * MIB, 100 * MIB}, /* may still take 156 */
	};
	struct error error = {0};

	(void)state;
	assert_int_equal(admission_check("c", 800 * MIB, &host, NULL, 0, &error), 0);
	assert_int_equal(admission_check("c", 800 * MIB + 1, &host, NULL, 0, &error), UV_ENOMEM);
	assert_int_equal(
		admission_check("c", (800 + 372 - 156) * MIB, &host, holders, 2, &error), 0);
	assert_int_equal(admission_check("c", (801 + 372 - 156) * MIB, &host, holders, 2, &error),
		UV_ENOMEM);
	assert_string_equal(error.text,
		"vm \"c\" failed to start: it needs 1017M of memory, and 1016M is available of the "
		"host's 1000M, which keeps 200M for itself, with every other VM at its minimum "
		"(a 128M, b 256M): stop a VM, or lower memory_min");
}

static void test_admission_budget(void **state)
{
	const struct balloon_host host = {
		.available = 8000 * MIB, .reserve = 200 * MIB, .budget = 512 * MIB};
	const struct admission_holder holders[] = {{"a", 128 * MIB, 500 * MIB}};
	struct error error = {0};

	(void)state;
	assert_int_equal(admission_check("c", 384 * MIB, &host, holders, 1, &error), 0);
	assert_int_equal(admission_check("c", 385 * MIB, &host, holders, 1, &error), UV_ENOMEM);
	assert_string_equal(error.text,
		"vm \"c\" failed to start: it needs 385M of memory, and 384M is available within "
		"memory_budget 512M, with every other VM at its minimum (a 128M): stop a VM, or "
		"lower memory_min");
}

/* What of a monitor's memory is its guest's. */
static void test_page_out_range(void **state)
{
	static const char *const others[] = {
		"7f1000000000-7f1010000000 rw-p 00000000 00:01 5 /memfd:ram (deleted)\n",
		"7f1000000000-7f1010000000 r--s 00000000 00:01 5 /memfd:ram (deleted)\n",
		"7f1010000000-7f1000000000 rw-s 00000000 00:01 5 /memfd:ram (deleted)\n",
		"7f1000000000-7f1010000000 rw-s 00000000 00:01 5 /dev/shm/x\n",
		"7f1000000000-7f1010000000 rw-p 00000000 00:00 0 \n",
		"rw-s /memfd:",
		"",
	};
	uint64_t from, to;

	(void)state;
	assert_true(page_out_range("7f1000000000-7f1010000000 rw-s 00000000 00:01 1025"
				   "       /memfd:memory-backend-memfd (deleted)\n",
		&from, &to));
	assert_int_equal(from, 0x7f1000000000);
	assert_int_equal(to - from, 256 * MIB);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(page_out_range(others[i], &from, &to));
}

/* More holders than a sentence takes. */
static void test_admission_many(void **state)
{
	const struct balloon_host host = {.available = 100 * MIB, .reserve = 200 * MIB};
	static struct admission_holder holders[100];
	struct error error = {0};

	(void)state;
	for (size_t i = 0; i < 100; i++)
		holders[i] = (struct admission_holder){
			.name = "a-rather-long-name-of-a-machine", .floor = 32 * MIB};
	assert_int_equal(admission_check("c", 1, &host, holders, 100, &error), UV_ENOMEM);
	assert_non_null(strstr(error.text, "...): stop a VM"));
	assert_true(strlen(error.text) < sizeof(error.text) - 1);
}

static int check_report(
	void (*change)(Vmsilo__Control__Report *report, int64_t by), int64_t by, struct report *ret)
{
	Vmsilo__Control__Report report = VMSILO__CONTROL__REPORT__INIT;

	report.total = report.free = report.available = report.cached = 256 * MIB;
	report.some_avg10 = report.some_avg60 = report.full_avg10 = report.full_avg60 = 10000;
	change(&report, by);
	return report_check(&report, 256 * MIB, ret);
}

#define CHANGE(member) \
	static void change_##member(Vmsilo__Control__Report *report, int64_t by) \
	{ \
		report->member = (__typeof__(report->member))((int64_t)report->member + by); \
	}
CHANGE(total)
CHANGE(free)
CHANGE(available)
CHANGE(cached)
CHANGE(some_avg10)
CHANGE(some_avg60)
CHANGE(full_avg10)
CHANGE(full_avg60)

static void test_report(void **state)
{
	static void (*const changes[])(Vmsilo__Control__Report *, int64_t) = {change_total,
		change_free, change_available, change_cached, change_some_avg10, change_some_avg60,
		change_full_avg10, change_full_avg60};
	struct report report;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		assert_int_equal(check_report(changes[i], 0, &report), 0);
		assert_int_equal(check_report(changes[i], 1, &report), UV_EPROTO);
	}
	assert_int_equal(check_report(change_total, -256 * MIB, &report), UV_EPROTO); /* nothing */
	assert_int_equal(
		check_report(change_total, -1, &report), UV_EPROTO); /* less than is free */
	assert_int_equal(check_report(change_available, -256 * MIB, &report), 0);
	assert_int_equal(report.info.available, 0);
	assert_int_equal(report.pressure.full.avg60, 10000);
	assert_false(report.by_pressure);
}

static uint64_t resident_in(const char *text)
{
	return resident_parse(text, strlen(text));
}

static void test_resident(void **state)
{
	(void)state;
	assert_int_equal(
		resident_in("Name:\tqemu\nRssFile:\t   31004 kB\nRssShmem:\t   84520 kB\n"),
		UINT64_C(84520) * 1024);
	assert_int_equal(resident_in("Name:\tRssShmem: 5\n"), 0); /* a process names itself */
	assert_int_equal(resident_in("Name:\tq\nRssShmem:\t99999999999999999999 kB\n"), 0);
	assert_int_equal(resident_in(""), 0);
}

static struct qmp_message decoded(const char *line)
{
	struct qmp_message message;

	assert_int_equal(qmp_decode(line, strlen(line), &message), 0);
	return message;
}

static void test_qmp(void **state)
{
	struct qmp_message message =
		decoded("{\"return\": {\"actual\": 268435456}, \"id\": \"balloon\"}");

	(void)state;
	assert_int_equal(message.kind, QMP_RETURN);
	assert_string_equal(message.id, "balloon");
	assert_int_equal(message.actual, 268435456);
	message = decoded("{\"return\": {}, \"id\": 7}");
	assert_string_equal(message.id, "");
	assert_int_equal(message.actual, -1);
	message = decoded("{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 104857600}}");
	assert_int_equal(message.kind, QMP_EVENT);
	assert_int_equal(message.actual, 104857600);
	message = decoded("{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": -5}}");
	assert_int_equal(message.actual, -1);
	message = decoded("{\"error\": {\"desc\": \"No balloon\"}, \"id\": \"balloon\"}");
	assert_int_equal(message.kind, QMP_ERROR);
	assert_string_equal(message.id, "balloon");
	assert_string_equal(message.text, "No balloon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_admission),
		cmocka_unit_test(test_admission_budget),
		cmocka_unit_test(test_admission_many),
		cmocka_unit_test(test_page_out_range),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_resident),
		cmocka_unit_test(test_qmp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
