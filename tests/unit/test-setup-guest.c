/* What the agent makes of a SETUP, in a guest's root that is a folder of the test's own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/setup/home.h"
#include "guest-agent/setup/places.h"
#include "guest-agent/setup/setup.h"
#include "guest-agent/setup/table-text.h"
#include "guest-agent/setup/user.h"
#include "tests/lib/scratch.h"
#include "tests/lib/test.h"

#define PASSWD \
	"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\n" \
	"nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
#define GROUP "root:x:0:\ndaemon:x:1:\naudio:x:29:\nvideo:x:44:sys\n"

static struct scratch scratch;
static struct problems problems;

static int begin(void **state)
{
	(void)state;
	scratch_init(&scratch);
	problems = (struct problems){0};
	scratch_write(&scratch, "etc/passwd", PASSWD);
	scratch_write(&scratch, "etc/group", GROUP);
	scratch_write(&scratch, "etc/shadow", "root:*:1::::::\n");
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_finish(&scratch);
	return 0;
}

static void said(const char *text)
{
	for (size_t i = 0; i < problems.count; i++)
		if (strstr(problems.texts[i], text))
			return;
	fail_msg("no problem says '%s'", text);
}

/* ---- tables ---- */

static void test_table(void **state)
{
	static const char text[] = "a:1:x\nb:22:\nbb:3:y,z";
	char out[TABLE_LINE_MAX];

	(void)state;
	assert_ptr_equal(table_find(text, 0, "b"), text + 6);
	assert_ptr_equal(table_find(text, 1, "3"), text + 12);
	assert_null(table_find(text, 0, ""));
	assert_null(table_find(text, 7, "x"));
	assert_null(table_find("", 0, "x"));
	table_field(text + 6, 1, out, sizeof(out));
	assert_string_equal(out, "22");
	table_field(text + 6, 2, out, sizeof(out));
	assert_string_equal(out, "");
	table_field(text + 6, 9, out, sizeof(out));
	assert_string_equal(out, "");
	assert_true(table_change(text + 6, 1, "4", out));
	assert_string_equal(out, "b:4:");
	assert_false(table_change(text + 6, 3, "4", out));
	assert_true(table_lists(text + 12, 2, "z"));
	assert_false(table_lists(text + 12, 2, "y,"));
	assert_false(table_lists(text + 6, 2, "z"));
	char *made = table_put(text, text + 6, "B");
	assert_string_equal(made, "a:1:x\nB\nbb:3:y,z");
	free(made);
	made = table_put(text, NULL, "new");
	assert_string_equal(made, "a:1:x\nb:22:\nbb:3:y,z\nnew\n");
	free(made);
}

/* ---- users ---- */

static struct setup_user made(const char *name, uid_t uid)
{
	struct setup_user user;

	assert_true(user_make(scratch.root, name, uid, &user, &problems));
	return user;
}

static void test_user_new(void **state)
{
	struct setup_user user = made("joe", 1234);

	(void)state;
	assert_int_equal(problems.count, 0);
	assert_int_equal(user.uid, 1234);
	assert_int_equal(user.gid, 1234);
	assert_string_equal(user.home, "/home/joe");
	assert_string_equal(scratch_read(&scratch, "etc/passwd"),
		PASSWD "joe:x:1234:1234::/home/joe:/bin/sh\n");
	assert_string_equal(scratch_read(&scratch, "etc/group"),
		"root:x:0:\ndaemon:x:1:\naudio:x:29:joe\nvideo:x:44:sys,joe\njoe:x:1234:\n");
	assert_string_equal(
		scratch_read(&scratch, "etc/shadow"), "root:*:1::::::\njoe:*:19700:0:99999:7:::\n");
	assert_false(scratch_has(&scratch, "etc/gshadow"));
	made("joe", 1234);
	scratch_write(&scratch, "etc/gshadow", "audio:*::\nvideo:*::sys\n");
	made("ann", 1235);
	assert_string_equal(
		scratch_read(&scratch, "etc/gshadow"), "audio:*::ann\nvideo:*::sys,ann\nann:!::\n");
	assert_string_equal(scratch_read(&scratch, "etc/passwd"),
		PASSWD "joe:x:1234:1234::/home/joe:/bin/sh\n"
		       "ann:x:1235:1235::/home/ann:/bin/sh\n");
}

static void test_user_renumbered(void **state)
{
	(void)state;
	scratch_write(&scratch, "etc/passwd", PASSWD "joe:x:1001:1001:J:/srv/joe:/bin/zsh\n");
	struct setup_user user = made("joe", 1000);
	assert_int_equal(user.uid, 1000);
	assert_int_equal(user.gid, 1001);
	assert_string_equal(scratch_read(&scratch, "etc/passwd"),
		PASSWD "joe:x:1000:1001:J:/srv/joe:/bin/zsh\n");
	assert_int_equal(problems.count, 0);
}

static void test_user_renamed(void **state)
{
	(void)state;
	scratch_write(&scratch, "etc/passwd", PASSWD "user:x:1000:1000::/home/user:/bin/sh\n");
	scratch_write(&scratch, "etc/group", GROUP "user:x:1000:\n");
	struct setup_user user = made("joe", 1000);
	assert_int_equal(user.uid, 1000);
	assert_string_equal(user.home, "/home/user");
	assert_null(table_find(scratch_read(&scratch, "etc/passwd"), 0, "user"));
	assert_null(table_find(scratch_read(&scratch, "etc/group"), 0, "user"));
	assert_int_equal(problems.count, 0);
}

static void test_user_taken(void **state)
{
	(void)state;
	scratch_write(&scratch, "etc/passwd",
		PASSWD "joe:x:1001:1001::/home/joe:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n");
	assert_int_equal(made("joe", 1000).uid, 1001);
	said("1000 is another user's");
}

static void test_user_of_system(void **state)
{
	struct setup_user user;

	(void)state;
	assert_int_equal(made("daemon", 1000).uid, 1);
	said("belongs to its system");
	assert_string_equal(scratch_read(&scratch, "etc/passwd"), PASSWD);
	assert_string_equal(scratch_read(&scratch, "etc/group"), GROUP);
	problems.count = 0;
	assert_int_equal(made("root", 1000).uid, 0);
	assert_int_equal(problems.count, 0);
	assert_string_equal(scratch_read(&scratch, "etc/passwd"), PASSWD);
	assert_string_equal(scratch_read(&scratch, "etc/group"), GROUP);
	assert_false(user_make(scratch.root, "..", 1000, &user, &problems));
	assert_false(user_make(scratch.root, "0", 1000, &user, &problems));
	said("a name begins with a letter");
	assert_string_equal(scratch_read(&scratch, "etc/passwd"), PASSWD);
}

static void test_user_without_etc(void **state)
{
	struct setup_user user;

	(void)state;
	assert_false(user_make("/nonexistent", "joe", 1000, &user, &problems));
	said("cannot make the user joe");
}

/* ---- the rest ---- */

static void test_host_name(void **state)
{
	(void)state;
	scratch_write(&scratch, "etc/hosts",
		"127.0.0.1 localhost\n127.0.1.1\told\n127.0.1.10 other\n::1 localhost");
	host_name_settle(scratch.root, "my-vm", &problems);
	assert_string_equal(scratch_read(&scratch, "etc/hostname"), "my-vm\n");
	assert_string_equal(scratch_read(&scratch, "etc/hosts"),
		"127.0.0.1 localhost\n127.0.1.10 other\n::1 localhost\n127.0.1.1\tmy-vm\n");
	assert_int_equal(problems.count, 0);
}

static void test_time_zone(void **state)
{
	(void)state;
	assert_false(time_zone_apply(scratch.root, "Europe/Berlin", &problems));
	assert_false(scratch_has(&scratch, "etc/timezone"));
	scratch_write(&scratch, "usr/share/zoneinfo/Europe/Berlin", "TZif");
	assert_true(time_zone_apply(scratch.root, "Europe/Berlin", &problems));
	assert_string_equal(
		scratch_target(&scratch, "etc/localtime"), "/usr/share/zoneinfo/Europe/Berlin");
	assert_string_equal(scratch_read(&scratch, "etc/timezone"), "Europe/Berlin\n");
	assert_int_equal(problems.count, 0);
	assert_true(time_zone_apply(scratch.root, "Asia/Tokyo", &problems));
	said("no time zone Asia/Tokyo");
	assert_string_equal(scratch_read(&scratch, "etc/timezone"), "Europe/Berlin\n");
}

/* As glibc's localedef(1) writes it, but for the names alone. */
static void archive_write(const char *names, size_t length)
{
	const uint32_t head[] = {0xde020109, 0, 56, 0, 0, 64, (uint32_t)length, (uint32_t)length};
	char path[128];

	scratch_folder(&scratch, "usr/lib/locale");
	snprintf(path, sizeof(path), "%s/usr/lib/locale/locale-archive", scratch.root);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	fwrite(head, sizeof(head), 1, file);
	fseek(file, 64, SEEK_SET);
	fwrite(names, length, 1, file);
	fclose(file);
}

static void locale_is(const char *asked, const char *expected)
{
	char locale[SETUP_NAME_MAX + 1], line[SETUP_NAME_MAX + 16];

	locale_apply(scratch.root, asked, locale, &problems);
	assert_string_equal(locale, expected);
	snprintf(line, sizeof(line), "LANG=%s\n", expected);
	assert_string_equal(scratch_read(&scratch, "etc/locale.conf"), line);
}

static void test_locale(void **state)
{
	static const char names[] = "de_AT.utf8\0en_US.utf8\0sr_RS.utf8@latin";

	(void)state;
	locale_is("de_DE.UTF-8", "C.UTF-8");
	assert_int_equal(problems.count, 0); /* it has none at all */
	archive_write(names, sizeof(names));
	locale_is("de_AT.UTF-8", "de_AT.UTF-8");
	locale_is("en_US.UTF-8", "en_US.UTF-8");
	locale_is("sr_RS.UTF-8@latin", "sr_RS.UTF-8@latin");
	assert_int_equal(problems.count, 0);
	locale_is("n_US.UTF-8", "C.UTF-8");
	said("no locale n_US.UTF-8");
	problems.count = 0;
	locale_is("de_DE.UTF-8", "C.UTF-8");
	scratch_folder(&scratch, "usr/lib/locale/de_DE.utf8");
	scratch_folder(&scratch, "etc/default");
	locale_is("de_DE.UTF-8", "de_DE.UTF-8");
	assert_string_equal(scratch_read(&scratch, "etc/default/locale"), "LANG=de_DE.UTF-8\n");
	locale_is("C.UTF-8", "C.UTF-8");
}

static void test_locale_unsaid(void **state)
{
	(void)state;
	scratch_folder(&scratch, "usr/lib/locale");
	locale_is("", "C.UTF-8");
	scratch_write(&scratch, "etc/locale.conf", "LANG=\n");
	locale_is("", "");
}

static void test_keyboard(void **state)
{
	Vmsilo__Control__Keyboard keyboard = VMSILO__CONTROL__KEYBOARD__INIT;

	(void)state;
	keyboard.layout = (char *)"de,us";
	keyboard.model = (char *)"pc105";
	keyboard_apply(scratch.root, &keyboard, &problems);
	assert_false(scratch_has(&scratch, "etc/default")); /* nobody there would read it */
	scratch_folder(&scratch, "etc/default");
	keyboard_apply(scratch.root, &keyboard, &problems);
	assert_string_equal(scratch_read(&scratch, "etc/default/keyboard"),
		"XKBMODEL=\"pc105\"\nXKBLAYOUT=\"de,us\"\nXKBVARIANT=\"\"\nXKBOPTIONS=\"\"\n"
		"BACKSPACE=\"guess\"\n");
	assert_int_equal(problems.count, 0);
}

static uv_loop_t loop;

/* ---- all of it ---- */

static unsigned int answered;
static bool busy;

static void on_busy(void *data, bool now)
{
	(void)data;
	busy = now;
}

static void on_done(void *data, const struct problems *found)
{
	(void)data;
	answered++;
	problems = *found;
}

static void setup_begin(struct setup *setup, const char *root, bool small)
{
	answered = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	setup_init(setup, &loop,
		&(const struct setup_options){
			.root = root, .small = small, .on_busy = on_busy, .on_done = on_done});
}

static void setup_end(struct setup *setup)
{
	uv_close((uv_handle_t *)&setup->worker.timer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static Vmsilo__Control__Setup setup_message(Vmsilo__Control__User *user, const char *name)
{
	Vmsilo__Control__Setup message = VMSILO__CONTROL__SETUP__INIT;

	vmsilo__control__user__init(user);
	user->name = (char *)name;
	user->uid = 1000;
	message.host_name = (char *)"work";
	message.time_zone = (char *)"Europe/Berlin";
	message.time_zone_rule = (char *)"CET-1CEST,M3.5.0,M10.5.0/3";
	message.locale = (char *)"C.UTF-8";
	message.user = user;
	return message;
}

static void test_apply(void **state)
{
	Vmsilo__Control__User user;
	Vmsilo__Control__Setup message = setup_message(&user, "");
	struct setup setup;
	struct stat status;
	char home[128];

	(void)state;
	scratch_write(&scratch, "etc/skel/.profile", "PATH=/x\n");
	scratch_write(&scratch, "etc/skel/.config/one", "1");
	setup_begin(&setup, scratch.root, false);
	assert_int_equal(setup_take(&setup, &message), 0);
	if (geteuid() == 0)
		assert_int_equal(problems.count, 0);
	assert_string_equal(setup.user, "user");
	assert_string_equal(setup.locale, "C.UTF-8");
	assert_string_equal(setup.time_zone, "CET-1CEST,M3.5.0,M10.5.0/3");
	snprintf(home, sizeof(home), "%s/home/user", scratch.root);
	assert_int_equal(stat(home, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	if (geteuid() != 0) {
		setup_end(&setup);
		return;
	}
	assert_int_equal(status.st_uid, 1000);
	assert_string_equal(scratch_read(&scratch, "home/user/.profile"), "PATH=/x\n");
	assert_string_equal(scratch_read(&scratch, "home/user/.config/one"), "1");
	/* What he changed stays. */
	scratch_write(&scratch, "home/user/.profile", "mine\n");
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_string_equal(scratch_read(&scratch, "home/user/.profile"), "mine\n");
	assert_int_equal(answered, 2);
	assert_false(busy);
	setup_end(&setup);
}

/* Disks and shares: below a root that is a folder none is mounted, and all else is as with one. */
static void test_apply_mounts(void **state)
{
	Vmsilo__Control__Mount home = VMSILO__CONTROL__MOUNT__INIT;
	Vmsilo__Control__Mount *mounts[] = {&home};
	Vmsilo__Control__User user;
	Vmsilo__Control__Setup message = setup_message(&user, "");
	struct setup setup;

	(void)state;
	home.disk = (char *)"home";
	home.home = true;
	message.mounts = mounts;
	message.n_mounts = 1;
	setup_begin(&setup, scratch.root, false);
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_true(busy);
	assert_int_equal(answered, 0);
	/* Two more while it is busy: the last one holds, and both are answered with it. */
	message.host_name = (char *)"second";
	assert_int_equal(setup_take(&setup, &message), 0);
	message.host_name = (char *)"third";
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_string_equal(scratch_read(&scratch, "etc/hostname"), "work\n");
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(answered, 3);
	assert_false(busy);
	assert_string_equal(scratch_read(&scratch, "etc/hostname"), "third\n");
	assert_true(scratch_has(&scratch, "home/user"));
	assert_null(setup_refusal(&setup, "user"));
	/* Nobody awaits the answers of a broker that went away. */
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_int_equal(setup_take(&setup, &message), 0);
	setup_broker_lost(&setup);
	assert_int_equal(setup_take(&setup, &message), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(answered, 4);
	setup_end(&setup);
}

static void test_refusal(void **state)
{
	struct setup setup = {.user = "joe", .refusal = "no home"};

	(void)state;
	assert_string_equal(setup_refusal(&setup, "joe"), "no home");
	assert_null(setup_refusal(&setup, "ann"));
	assert_null(setup_refusal(&setup, "root"));
	assert_null(setup_refusal(&setup, ""));
	setup.had_none = true;
	assert_null(setup_refusal(&setup, "joe"));
	setup = (struct setup){.user = "root", .refusal = "no home"};
	assert_null(setup_refusal(&setup, "root"));
	setup = (struct setup){.user = "", .refusal = "no home"};
	assert_null(setup_refusal(&setup, ""));
}

/* He had another number when he was here last. */
static void test_home_renumbered(void **state)
{
	const struct setup_user user = {.uid = 1234, .gid = 1234, .home = "/home/joe"};
	char path[128];
	struct stat status;

	(void)state;
	if (geteuid() != 0)
		skip();
	scratch_write(&scratch, "home/joe/folder/his", "");
	scratch_write(&scratch, "home/joe/folder/roots", "");
	scratch_link(&scratch, "home/joe/link", "folder/roots");
	snprintf(path, sizeof(path), "%s/home/joe/folder/his", scratch.root);
	assert_int_equal(chown(path, 1000, 1000), 0);
	snprintf(path, sizeof(path), "%s/home/joe/link", scratch.root);
	assert_int_equal(lchown(path, 1000, 1000), 0);
	snprintf(path, sizeof(path), "%s/home/joe", scratch.root);
	assert_int_equal(chown(path, 1000, 1000), 0);
	home_make(scratch.root, &user, &problems);
	assert_int_equal(problems.count, 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, 1234);
	snprintf(path, sizeof(path), "%s/home/joe/folder/his", scratch.root);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, 1234);
	assert_int_equal(status.st_gid, 1234);
	snprintf(path, sizeof(path), "%s/home/joe/folder/roots", scratch.root);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_uid, 0);
	snprintf(path, sizeof(path), "%s/home/joe/link", scratch.root);
	assert_int_equal(lstat(path, &status), 0);
	assert_int_equal(status.st_uid, 1234);
}

/* A disk of his own that is new, with what mke2fs(8) makes. */
static void test_home_new(void **state)
{
	const struct setup_user user = {.uid = geteuid(), .gid = getegid(), .home = "/home/joe"};
	char path[128];
	struct stat status;

	(void)state;
	scratch_folder(&scratch, "home/joe/lost+found");
	scratch_write(&scratch, "etc/skel/.profile", "new");
	home_make(scratch.root, &user, &problems);
	snprintf(path, sizeof(path), "%s/home/joe", scratch.root);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_string_equal(scratch_read(&scratch, "home/joe/.profile"), "new");
	/* What he makes of it stays. */
	assert_int_equal(chmod(path, 0755), 0);
	home_make(scratch.root, &user, &problems);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0755);
	assert_int_equal(problems.count, 0);
}

static void test_apply_small(void **state)
{
	Vmsilo__Control__User user;
	Vmsilo__Control__Setup message = setup_message(&user, "");
	struct setup setup;

	(void)state;
	setup_begin(&setup, scratch.root, true);
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_string_equal(setup.user, "");
	assert_string_equal(scratch_read(&scratch, "etc/passwd"), PASSWD);
	/* A folder of the system's is not given to its user. */
	user.name = (char *)"daemon";
	assert_int_equal(setup_take(&setup, &message), 0);
	assert_string_equal(setup.user, "daemon");
	assert_false(scratch_has(&scratch, "usr/sbin"));
	setup_end(&setup);
}

static void test_refused(void **state)
{
	Vmsilo__Control__Keyboard keyboard = VMSILO__CONTROL__KEYBOARD__INIT;
	Vmsilo__Control__Mount mount = VMSILO__CONTROL__MOUNT__INIT;
	Vmsilo__Control__Mount *mounts[] = {&mount};
	Vmsilo__Control__User user;
	Vmsilo__Control__Setup message = setup_message(&user, "");
	struct setup setup;

	(void)state;
	setup_begin(&setup, scratch.root, false);
	message.host_name = (char *)"a/b";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.host_name = (char *)"work";
	message.time_zone = (char *)"../../etc/shadow";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.time_zone = (char *)"";
	message.locale = (char *)"C\nX=y";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.locale = (char *)"";
	user.uid = 0;
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	user.uid = 1000;
	user.name = (char *)"a:b";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	user.name = (char *)"";
	message.keyboard = &keyboard;
	keyboard.layout = (char *)"\"; reboot";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	assert_false(scratch_has(&scratch, "etc/hostname"));
	message.keyboard = NULL;
	message.user = NULL;
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.user = &user;
	message.mounts = mounts;
	message.n_mounts = SETUP_MOUNTS_MAX + 1;
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.n_mounts = 1;
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO); /* neither disk nor share */
	mount.disk = (char *)"disk0";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO); /* nowhere */
	mount.path = (char *)"/";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	mount.path = (char *)"relative";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	mount.path = (char *)"/mnt";
	mount.share = (char *)"share0";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	mount.share = (char *)"";
	mount.disk = (char *)"../x";
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	message.n_mounts = 0;
	setup_end(&setup);
	/* An agent that runs on a machine that is no guest. */
	setup_begin(&setup, NULL, false);
	assert_int_equal(setup_take(&setup, &message), UV_EPROTO);
	assert_int_equal(answered, 0);
	setup_end(&setup);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),
		TEST(test_user_new),
		TEST(test_user_renumbered),
		TEST(test_user_renamed),
		TEST(test_user_taken),
		TEST(test_user_of_system),
		TEST(test_user_without_etc),
		TEST(test_host_name),
		TEST(test_time_zone),
		TEST(test_locale),
		TEST(test_locale_unsaid),
		TEST(test_keyboard),
		TEST(test_apply),
		TEST(test_home_renumbered),
		TEST(test_home_new),
		TEST(test_apply_mounts),
		TEST(test_refusal),
		TEST(test_apply_small),
		TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
