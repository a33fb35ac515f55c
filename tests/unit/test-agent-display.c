/* The guest's display: what its program says, how it comes and goes, and the region's device. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/display/display.h"
#include "guest-agent/display/region.h"
#include "guest-agent/display/variables.h"
#include "proto/base/signals.h"
#include "tests/lib/scratch.h"
#include "tests/lib/test.h"

static int parse(const char *text, struct strings *ret)
{
	assert_true(strings_init(ret, DISPLAY_VARIABLES_MAX));
	return variables_read(text, strlen(text), ret);
}

static void test_variables(void **state)
{
	static const char *const wrong[] = {"WAYLAND_DISPLAY=a", "a=b\n", "=b\n",
		"WAYLAND_DISPLAY\n", "1A=b\n", "A B=c\n", "WAYLAND_DISPLAY=a\x1b[2J\n",
		"WAYLAND_DISPLAY=\xff\n", "WAYLAND_DISPLAY=a\n\n"};
	char many[DISPLAY_VARIABLES_MAX * 16 + 64] = "";
	struct strings strings;

	(void)state;
	assert_int_equal(parse("WAYLAND_DISPLAY=vmsilo-0\nDISPLAY=:1\nX_1=\n", &strings), 0);
	assert_int_equal(strings.count, 3);
	assert_string_equal(strings.items[1], "DISPLAY=:1");
	strings_finish(&strings);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(parse(wrong[i], &strings), UV_EINVAL);
		strings_finish(&strings);
	}
	assert_int_equal(parse("XDG_SESSION_TYPE=wayland\nDISPLAY=\n", &strings), UV_ENOENT);
	strings_finish(&strings);
	assert_int_equal(parse("", &strings), UV_ENOENT);
	strings_finish(&strings);
	size_t length = 0;
	for (size_t i = 0; i < DISPLAY_VARIABLES_MAX; i++)
		length += (size_t)snprintf(many + length, sizeof(many) - length, "DISPLAY=:1\n");
	assert_int_equal(parse(many, &strings), 0);
	strings_finish(&strings);
	snprintf(many + length, sizeof(many) - length, "DISPLAY=:1\n");
	assert_int_equal(parse(many, &strings), UV_EINVAL);
	strings_finish(&strings);
}

/* ---- the program ---- */

struct bed {
	struct scratch scratch;
	uv_loop_t loop;
	struct display display;
	struct cgroups cgroups; /* none */
	struct program_terms terms;
	char program[SCRATCH_PATH_SIZE];
	unsigned int told;
};

static void bed_init(struct bed *bed, const char *script)
{
	*bed = (struct bed){.terms = {.user = "", .locale = "", .time_zone = "", .services = "/"}};
	bed->terms.cgroups = &bed->cgroups;
	scratch_init(&bed->scratch);
	scratch_write(&bed->scratch, "windows", script);
	snprintf(bed->program, sizeof(bed->program), "%s/windows", bed->scratch.root);
	assert_int_equal(chmod(bed->program, 0755), 0);
	getrlimit(RLIMIT_NOFILE, &bed->terms.files_limit);
	uv_loop_init(&bed->loop);
	display_init(&bed->display, &bed->loop, bed->program, "/nonexistent/socket", &bed->terms);
}

static void bed_finish(struct bed *bed)
{
	int status;

	display_signal(&bed->display, SIGKILL);
	if (bed->display.pid > 0) {
		pid_t pid = waitpid(bed->display.pid, &status, 0);
		assert_true(display_reap(&bed->display, pid));
	}
	uv_close((uv_handle_t *)&bed->display.timer, NULL);
	uv_run(&bed->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bed->loop), 0);
	scratch_finish(&bed->scratch);
}

static void on_done(void *data)
{
	((struct bed *)data)->told++;
}

/* Until so many were told; what has ended is reaped. */
static void run_until(struct bed *bed, unsigned int told)
{
	int status;
	pid_t pid;

	for (int i = 0; i < 6000 && bed->told < told; i++) {
		if ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			assert_true(display_reap(&bed->display, pid));
		uv_run(&bed->loop, UV_RUN_NOWAIT);
		usleep(5000);
	}
	assert_int_equal(bed->told, told);
}

static void test_ready(void **state)
{
	struct bed bed;
	struct display_waiter one = {.on_done = on_done, .data = &bed}, two = one, three = one;

	(void)state;
	bed_init(&bed, "#!/bin/sh\n[ \"$*\" = \"--agent /nonexistent/socket --ready-fd 1\" ] || "
		       "exit 9\necho words >&2\necho DISPLAY=:3\nexec 1>&2\nexec sleep 600\n");
	assert_true(display_is_for(&bed.display, ""));
	assert_false(display_is_for(&bed.display, "root"));
	assert_false(display_is_for(NULL, ""));
	assert_null(display_variables(&bed.display));
	assert_true(display_wait(&bed.display, &one));
	assert_true(display_wait(&bed.display, &two));
	display_wait_cancel(&bed.display, &two);
	run_until(&bed, 1);
	assert_non_null(display_variables(&bed.display));
	assert_string_equal(display_variables(&bed.display)->items[0], "DISPLAY=:3");
	assert_false(display_wait(&bed.display, &three));
	bed_finish(&bed);
}

/* Who waits goes on without; the next one starts another, also while the first has not ended. */
static void test_fails(void **state)
{
	struct bed bed;
	struct display_waiter one = {.on_done = on_done, .data = &bed}, two = one;

	(void)state;
	bed_init(&bed, "#!/bin/sh\necho nonsense\nexec 1>&2\nexec sleep 600\n");
	assert_true(display_wait(&bed.display, &one));
	run_until(&bed, 1);
	assert_null(display_variables(&bed.display));
	scratch_write(&bed.scratch, "windows",
		"#!/bin/sh\necho WAYLAND_DISPLAY=a\nexec 1>&2\nexec sleep 600\n");
	assert_true(display_wait(&bed.display, &two));
	run_until(&bed, 2);
	assert_non_null(display_variables(&bed.display));
	bed_finish(&bed);
}

static void test_absent(void **state)
{
	struct bed bed;

	(void)state;
	bed_init(&bed, "");
	uv_close((uv_handle_t *)&bed.display.timer, NULL);
	uv_run(&bed.loop, UV_RUN_DEFAULT);
	display_init(
		&bed.display, &bed.loop, "/nonexistent/windows", "/nonexistent/socket", &bed.terms);
	assert_false(display_is_for(&bed.display, ""));
	uv_close((uv_handle_t *)&bed.display.timer, NULL);
	uv_run(&bed.loop, UV_RUN_DEFAULT);
	display_init(&bed.display, &bed.loop, bed.program, NULL, &bed.terms);
	assert_false(display_is_for(&bed.display, ""));
	bed_finish(&bed);
}

/* ---- the region ---- */

static int region_open_in(const struct scratch *scratch)
{
	return region_open_at(scratch->root);
}

static void test_region(void **state)
{
	struct scratch scratch;
	char text[8] = "";

	(void)state;
	scratch_init(&scratch);
	assert_int_equal(region_open_in(&scratch), -1);
	scratch_write(&scratch, "0000:00:01.0/vendor", "0x1af4\n");
	scratch_write(&scratch, "0000:00:01.0/device", "0x11100\n");
	scratch_write(&scratch, "0000:00:01.0/resource2", "no\n");
	scratch_write(&scratch, "0000:00:02.0/vendor", "0x8086\n");
	scratch_write(&scratch, "0000:00:02.0/device", "0x1110\n");
	scratch_write(&scratch, "0000:00:02.0/resource2", "no\n");
	assert_int_equal(region_open_in(&scratch), -1);
	scratch_write(&scratch, "0000:00:04.0/vendor", "0x1af4\n");
	scratch_write(&scratch, "0000:00:04.0/device", "0x1110\n");
	scratch_write(&scratch, "0000:00:04.0/enable", "0\n");
	scratch_write(&scratch, "0000:00:04.0/resource2", "plain\n");
	int fd = region_open_in(&scratch);
	assert_int_equal(read(fd, text, 5), 5);
	assert_string_equal(text, "plain");
	close(fd);
	assert_string_equal(scratch_read(&scratch, "0000:00:04.0/enable"), "1\n");
	scratch_write(&scratch, "0000:00:04.0/resource2_wc", "write\n");
	fd = region_open_in(&scratch);
	assert_int_equal(read(fd, text, 5), 5);
	assert_string_equal(text, "write");
	close(fd);
	scratch_finish(&scratch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_variables),
		cmocka_unit_test(test_ready),
		cmocka_unit_test(test_fails),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_region),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
