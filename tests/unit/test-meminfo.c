/* /proc/meminfo and /proc/pressure/memory: as kernels write them, and as they never would. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "proto/base/meminfo.h"
#include "tests/lib/test.h"

static int meminfo_of(const char *text, struct meminfo *ret)
{
	return meminfo_parse(text, strlen(text), ret);
}

static int pressure_of(const char *text, struct pressure *ret)
{
	return pressure_parse(text, strlen(text), ret);
}

static void test_meminfo(void **state)
{
	struct meminfo info = {0};

	(void)state;
	assert_int_equal(meminfo_of("MemTotal:         245524 kB\nMemFree:          190112 kB\n"
				    "MemAvailable:     199416 kB\nBuffers:               0 kB\n"
				    "Cached:            19024 kB\nSwapCached:            7 kB\n",
				 &info),
		0);
	assert_int_equal(info.total, UINT64_C(245524) * 1024);
	assert_int_equal(info.free, UINT64_C(190112) * 1024);
	assert_int_equal(info.available, UINT64_C(199416) * 1024);
	assert_int_equal(info.cached, UINT64_C(19024) * 1024); /* not SwapCached's */
}

static void test_meminfo_refused(void **state)
{
	static const char huge[] = "MemTotal: 99999999999999999999 kB\n"
				   "MemFree: 1 kB\nMemAvailable: 1 kB\nCached: 1 kB\n";
	static const char *const texts[] = {
		"",
		"MemTotal: 1 kB\nMemFree: 1 kB\nCached: 1 kB\n",
		"MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: kB\nCached: 1 kB\n",
		"MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: -1 kB\nCached: 1 kB\n",
		"MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: 1\nCached: 1 kB\n",
		"MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: 1 kB\nCached: 1 k",
		"MemTotal: 18014398509481984 kB\nMemFree: 1 kB\nMemAvailable: 1 kB\nCached: 1 kB\n",
		huge,
		" MemTotal: 1 kB\nMemFree: 1 kB\nMemAvailable: 1 kB\nCached: 1 kB\n",
	};
	struct meminfo info;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(meminfo_of(texts[i], &info), UV_EINVAL);
	/* The largest that fits. */
	assert_int_equal(meminfo_of("MemTotal: 18014398509481983 kB\nMemFree: 1 kB\n"
				    "MemAvailable: 1 kB\nCached: 1 kB\n",
				 &info),
		0);
}

static void test_pressure(void **state)
{
	struct pressure pressure = {0};

	(void)state;
	assert_int_equal(pressure_of("some avg10=12.34 avg60=0.05 avg300=1.00 total=1234567\n"
				     "full avg10=100.00 avg60=3.00 avg300=0.00 total=99\n",
				 &pressure),
		0);
	assert_int_equal(pressure.some.avg10, 1234);
	assert_int_equal(pressure.some.avg60, 5);
	assert_int_equal(pressure.some.total_us, 1234567);
	assert_int_equal(pressure.full.avg10, 10000);
	assert_int_equal(pressure.full.avg60, 300);
	assert_int_equal(pressure.full.total_us, 99);
}

static void test_pressure_refused(void **state)
{
	static const char full[] = "full avg10=0.00 avg60=0.00 avg300=0.00 total=0\n";
	static const char *const lines[] = {
		"",
		"some avg10=0.0 avg60=0.00 avg300=0.00 total=0\n",
		"some avg10=0.000 avg60=0.00 avg300=0.00 total=0\n",
		"some avg10=100.01 avg60=0.00 avg300=0.00 total=0\n",
		"some avg10=101.00 avg60=0.00 avg300=0.00 total=0\n",
		"some avg10=-1.00 avg60=0.00 avg300=0.00 total=0\n",
		"some avg60=0.00 avg10=0.00 avg300=0.00 total=0\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=\n",
		"some avg10=0.00 avg60=0.00 avg300=0.00\n",
	};
	struct pressure pressure;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", lines[i], full);
		assert_int_equal(pressure_of(text, &pressure), UV_EINVAL);
	}
	snprintf(text, sizeof(text), "some avg10=100.00 avg60=0.00 avg300=0.00 total=0\n%s", full);
	assert_int_equal(pressure_of(text, &pressure), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meminfo),
		cmocka_unit_test(test_meminfo_refused),
		cmocka_unit_test(test_pressure),
		cmocka_unit_test(test_pressure_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
