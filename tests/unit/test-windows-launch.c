/* vmsilo-windows: the place that it takes, and what the user is told of the clipboard. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "proto/host/desk-socket.h"
#include "proto/io/socket.h"
#include "proto/limits.h"
#include "proto/windows.pb-c.h"
#include "tests/lib/scratch.h"
#include "tests/lib/test.h"
#include "tray/windows/launch/notice.h"
#include "tray/windows/launch/place.h"

static void test_path(void **state)
{
	struct paths paths = {.runtime = "/run/user/1000/vmsilo"};
	char path[PATH_SIZE], name[VM_NAME_MAX + 1];

	(void)state;
	assert_true(desk_path(&paths, "one", false, "socket", path));
	assert_string_equal(path, "/run/user/1000/vmsilo/windows.d/one.socket");
	assert_true(desk_path(&paths, "one", true, "lock", path));
	assert_string_equal(path, "/run/user/1000/vmsilo/windows.d/one.system.lock");
	memset(name, 'x', VM_NAME_MAX);
	name[VM_NAME_MAX] = '\0';
	assert_true(desk_path(&paths, name, true, "socket", path));
	memset(paths.runtime, 'r', 60);
	paths.runtime[60] = '\0';
	assert_false(desk_path(&paths, name, true, "socket", path));
}

/* One at a time, also when the one before was killed. */
static void test_place(void **state)
{
	struct scratch scratch;
	struct error error = {0};
	struct place first, second;

	(void)state;
	scratch_init(&scratch);
	setenv("XDG_RUNTIME_DIR", scratch.root, 1);
	setenv("HOME", scratch.root, 1);
	assert_int_equal(place_take("one", false, &first, &error), 0);
	assert_int_equal(place_take("one", false, &second, &error), UV_EEXIST);
	assert_int_equal(place_take("two", false, &second, &error), 0);
	close(second.socket_fd);
	place_leave(&second);
	assert_int_equal(place_take("one", true, &second, &error), 0);
	close(second.socket_fd);
	place_leave(&second);
	close(first.socket_fd);
	place_leave(&first);
	assert_int_equal(socket_connect(first.socket), UV_ENOENT);

	pid_t pid = fork();
	if (pid == 0) {
		_exit(place_take("one", false, &first, &error) == 0 ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(place_take("one", false, &first, &error), 0);
	close(first.socket_fd);
	place_leave(&first);
	scratch_finish(&scratch);
}

static void crossed(uint32_t kind, uint64_t bytes, bool in, bool too_large, const char *wanted)
{
	Vmsilo__Desk__Crossed message = VMSILO__DESK__CROSSED__INIT;
	char summary[NOTICE_TEXT_SIZE], body[NOTICE_TEXT_SIZE], text[2 * NOTICE_TEXT_SIZE + 2];

	message.kind = kind;
	message.bytes = bytes;
	message.to_guest = in;
	message.too_large = too_large;
	notice_crossed_text("work", &message, summary, body);
	snprintf(text, sizeof(text), "%s|%s", summary, body);
	assert_string_equal(text, wanted);
}

static void test_notices(void **state)
{
	(void)state;
	crossed(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT, 12, false, false,
		"Clipboard: text copied from work|12 bytes, from work to your clipboard");
	crossed(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG, 5000, true, false,
		"Clipboard: a picture copied to work|5000 bytes, from your clipboard to work");
	crossed(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING, 0, false, false,
		"Clipboard: nothing to copy|Its clipboard has neither text nor a picture.");
	crossed(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING, 0, true, false,
		"Clipboard: nothing to copy|Your clipboard has neither text nor a picture.");
	crossed(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT, UINT64_MAX, false, true,
		"Clipboard: too large to cross|18446744073709551615 bytes, from work to your "
		"clipboard");
	/* A view that is not what it should be names a kind that nobody knows. */
	crossed(77, 1, false, false,
		"Clipboard: nothing copied from work|1 bytes, from work to your clipboard");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_notices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
