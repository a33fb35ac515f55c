/* Sender and receiver over real folders. */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "proto/copy/pipe.h"
#include "proto/copy/rules.h"
#include "proto/copy/send.h"
#include "tests/lib/copy-ends.h"
#include "tests/lib/test.h"

/* ---- honest senders ---- */

struct sending {
	const char *paths[3];
	bool follow, skip;
};

static int send_paths(int in_fd, int out_fd, const void *data)
{
	const struct sending *sending = data;
	struct copy_source sources[3];
	struct copy_counts counts;
	struct error error = {0};
	size_t count = 0;

	for (; count < 3 && sending->paths[count]; count++)
		if (copy_source_find(sending->paths[count], &sources[count], &error) < 0)
			return 2;
	const struct copy_send_options options = {.in_fd = in_fd,
		.out_fd = out_fd,
		.sources = sources,
		.sources_count = count,
		.follow = sending->follow,
		.skip = sending->skip,
		.peer = "the receiver"};
	return copy_send(&options, &counts, &error) < 0 ? 1 : 0;
}

static struct copy_result copy(
	const struct sending *sending, const char *path, enum copy_existing existing)
{
	const struct copy_ends ends = copy_fork_end(send_paths, sending);

	return copy_receive_into(&ends, path, existing, NULL, 0);
}

static void test_tree(void **state)
{
	const struct sending sending = {.paths = {"tree", "one", "empty"}};

	(void)state;
	copy_shell(
		"mkdir -p tree/a/b tree/none tree/locked && head -c 300000 /dev/urandom "
		">tree/a/big "
		"&& "
		"echo x >tree/a/b/x && ln -s ../big tree/a/b/up && ln -s b/x tree/a/down && "
		": >tree/a/nothing && chmod 0640 tree/a/big && chmod 0555 tree/locked tree/none && "
		"touch -d @1000000000.123456789 tree/a/big tree/a/b tree/none && touch -d @-5 "
		"tree/a/nothing "
		"&& touch -h -d @7 tree/a/down && chmod 0500 tree && echo one >one && mkdir empty");
	const struct copy_result result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.files, 4);
	assert_int_equal(result.counts.folders, 6);
	assert_int_equal(result.counts.links, 2);
	assert_int_equal(result.counts.bytes, 300006);
	copy_shell(
		"d() { (cd $1 && find tree one empty -printf '%p %y %m %T@ %l %s\\n' | sort); }; "
		"test \"$(d .)\" = \"$(d in)\" && diff -r tree in/tree && cmp one in/one");
	copy_shell("test \"$(ls -A in | wc -l)\" = 3");
}

static void test_name_for_one(void **state)
{
	const struct sending file = {.paths = {"one"}}, folder = {.paths = {"tree/"}};
	const struct sending here = {.paths = {"tree/."}}, two = {.paths = {"one", "tree"}};
	struct copy_result result;

	(void)state;
	copy_shell("mkdir tree && echo x >tree/x && echo one >one");
	result = copy(&file, "in/other", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	result = copy(&folder, "in/folder", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	result = copy(&folder, "in/slash/", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	result = copy(&folder, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	copy_shell("cmp one in/other && cmp tree/x in/folder/x && cmp tree/x in/slash/x && rm -r "
		   "in/tree");
	result = copy(&here, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	copy_shell("cmp tree/x in/tree/x");
	result = copy(&file, "in/no/", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ENOENT, "no such folder");
	result = copy(&file, "in/no/other", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ENOENT, "in/no: No such");
	result = copy(&two, "in/no", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ENOENT, "in/no: no such folder");
	result = copy(&file, "in/no/..", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_EINVAL, "no name");
}

static void test_existing(void **state)
{
	const struct sending two = {.paths = {"a", "b"}}, folder = {.paths = {"tree"}};
	struct copy_result result;

	(void)state;
	copy_shell("echo a >a && echo b >b && mkdir tree in/tree && echo old >in/b");
	result = copy(&two, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_EEXIST, "b: exists already");
	copy_shell("test ! -e in/a && test \"$(cat in/b)\" = old");
	result = copy(&two, "in", COPY_EXISTING_SKIP);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.skipped, 1);
	assert_int_equal(result.counts.files, 1);
	copy_shell("cmp a in/a && test \"$(cat in/b)\" = old");
	result = copy(&two, "in", COPY_EXISTING_SKIP);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.skipped, 2);
	result = copy(&two, "in", COPY_EXISTING_REPLACE);
	copy_assert_copied(&result);
	copy_shell("cmp b in/b && test \"$(ls -A in)\" = \"a\nb\ntree\"");
	result = copy(&folder, "in", COPY_EXISTING_REPLACE);
	copy_assert_refused(&result, UV_EEXIST, "tree: is a folder");
	result = copy(&folder, "in/a", COPY_EXISTING_REPLACE);
	copy_assert_refused(&result, UV_EEXIST, "a: exists already");
	/* A link that is in the way is replaced itself; what it leads to is not touched. */
	copy_shell("echo precious >precious && rm in/a && ln -s ../precious in/a");
	result = copy(&two, "in", COPY_EXISTING_REPLACE);
	copy_assert_copied(&result);
	copy_shell("test ! -L in/a && cmp a in/a && test \"$(cat precious)\" = precious");
}

static void test_links(void **state)
{
	struct sending sending = {.paths = {"tree", "direct"}};
	struct copy_result result;

	(void)state;
	copy_shell("mkdir tree && echo x >x && ln -s ../x tree/up && echo y >tree/y && ln -s y "
		   "tree/near && "
		   "ln -s $PWD/x direct");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "tree/up: is a link that leads out of");
	copy_assert_empty("in");
	sending.skip = true;
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.skipped, 1);
	/* What was named is followed. */
	copy_shell("test \"$(readlink in/tree/near)\" = y && test ! -e in/tree/up && test -f "
		   "in/direct "
		   "&& "
		   "test ! -L in/direct && cmp x in/direct && rm -r in/*");
	sending.follow = true;
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.skipped, 0);
	copy_shell(
		"test -f in/tree/near && test ! -L in/tree/near && cmp x in/tree/up && rm -r in/*");
	copy_shell("ln -s nowhere tree/dangling");
	sending.skip = false;
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "tree/dangling: is a link to nothing");
	copy_shell("rm tree/dangling && ln -s . tree/loop");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "deeper than 256");
	copy_assert_empty("in");
}

static void test_special(void **state)
{
	struct sending sending = {.paths = {"tree"}}, pipe = {.paths = {"tree/pipe"}};
	struct copy_result result;

	(void)state;
	copy_shell("mkdir tree && mkfifo tree/pipe && echo x >tree/x");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "tree/pipe: is a named pipe");
	copy_assert_empty("in");
	sending.skip = pipe.skip = true;
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	copy_shell("test \"$(ls -A in/tree)\" = x");
	result = copy(&pipe, "in", COPY_EXISTING_REFUSE);
	assert_int_equal(result.sender, 2);
	copy_shell("rm -r in/tree && touch \"$(printf 'tree/a\\nb')\"");
	sending.skip = false;
	copy_shell("rm tree/pipe");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "tree/a\\x0ab: has control characters");
}

/* As deep as is allowed, and then one more; with names as long as they come. */
static void test_deep(void **state)
{
	const struct sending sending = {.paths = {"0"}};
	struct copy_result result;

	(void)state;
	copy_shell("bash -c 'mkdir 0 && cd 0 && for ((i = 1; i < 256; i++)); do mkdir $i && cd $i; "
		   "done "
		   "&& "
		   "echo x >x'");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	assert_int_equal(result.counts.folders, 256);
	copy_shell("diff -r 0 in/0 && rm -r in/0");
	copy_shell("bash -c 'cd 0 && for ((i = 1; i < 256; i++)); do cd $i; done && mkdir more'");
	result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_refused(&result, UV_ECANCELED, "deeper than 256");
	copy_assert_empty("in");
}

static void test_holes(void **state)
{
	const struct sending sending = {.paths = {"sparse", "hole", "ends"}};

	(void)state;
	copy_shell("truncate -s 100M sparse hole ends && echo middle | dd of=sparse bs=1 seek=50M "
		   "conv=notrunc status=none && echo end | dd of=ends bs=1 seek=100M conv=notrunc "
		   "status=none");
	const struct copy_result result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	copy_shell(
		"for f in sparse hole ends; do test $(stat -c %s $f) = $(stat -c %s in/$f) || exit "
		"1; "
		"done; test $(du -k in | tail -n1 | cut -f1) -lt 1024 && "
		"test \"$(tr -d '\\0' <in/sparse)\" = middle && test \"$(tail -c 4 in/ends)\" = "
		"end");
}

/* Files that say nothing of their size, or something else: 0 in /proc, 4096 in /sys. */
static void test_unknown_sizes(void **state)
{
	const struct sending sending = {.paths = {"/proc/version", "/proc/kallsyms",
						"/sys/kernel/mm/transparent_hugepage/enabled"}};

	(void)state;
	const struct copy_result result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	copy_assert_copied(&result);
	copy_shell("cmp /proc/version in/version && cmp /proc/kallsyms in/kallsyms && "
		   "test $(stat -c %s in/kallsyms) -gt 65536 && "
		   "cmp /sys/kernel/mm/transparent_hugepage/enabled in/enabled");
}

static void test_umask(void **state)
{
	const struct sending sending = {.paths = {"tree", "all"}};

	(void)state;
	copy_shell(
		"mkdir -p tree/open && touch all tree/all && chmod 0666 all tree/all && chmod 0777 "
		"tree tree/open");
	mode_t before = umask(027);
	const struct copy_result result = copy(&sending, "in", COPY_EXISTING_REFUSE);
	assert_int_equal(umask(before), 027);
	copy_assert_copied(&result);
	copy_shell("test \"$(cd in && stat -c %a all tree tree/all tree/open | xargs)\" = "
		   "'640 750 640 750'");
}

/* ---- a receiver by hand ---- */

static struct copy_record expect(struct copy_pipe *pipe, enum copy_type type)
{
	struct copy_record record;

	assert_int_equal(copy_pipe_next(pipe, &record), 0);
	assert_int_equal(record.type, type);
	return record;
}

static void put_go(struct copy_pipe *pipe)
{
	const struct copy_record go = {
		.type = COPY_GO, .body = {.bytes = (const uint8_t *)"\1", .length = 1}};

	assert_int_equal(copy_pipe_put(pipe, &go), 0);
	assert_int_equal(copy_pipe_flush(pipe), 0);
}

/* The file is larger than what pipes and buffers hold: it is being read when the command runs. */
static void start_and_run(struct copy_ends *ends, struct copy_pipe *pipe, const char *command)
{
	static const struct sending sending = {.paths = {"file"}};

	copy_shell("head -c 8000000 /dev/zero >file");
	*ends = copy_fork_end(send_paths, &sending);
	copy_pipe_init(pipe, ends->in_fd, ends->out_fd);
	expect(pipe, COPY_BEGIN);
	expect(pipe, COPY_ITEM);
	put_go(pipe);
	expect(pipe, COPY_FILE);
	copy_shell(command);
}

static void test_file_that_shrinks(void **state)
{
	struct copy_record record;
	struct copy_pipe pipe;
	struct copy_ends ends;

	(void)state;
	start_and_run(&ends, &pipe, "truncate -s 1000 file");
	do
		assert_int_equal(copy_pipe_next(&pipe, &record), 0);
	while (record.type == COPY_DATA);
	assert_int_equal(record.type, COPY_ABORT);
	static const char said[] = "file: became shorter while it was copied";
	assert_int_equal(record.body.length, strlen(said));
	assert_memory_equal(record.body.bytes, said, strlen(said));
	assert_int_equal(copy_ends_join(&ends), 1);
	copy_pipe_finish(&pipe);
}

static void test_file_that_grows(void **state)
{
	const struct copy_record done = {.type = COPY_DONE};
	struct copy_record record;
	struct copy_pipe pipe;
	struct copy_ends ends;
	uint64_t size = 0;

	(void)state;
	start_and_run(&ends, &pipe, "head -c 100000 /dev/urandom >>file");
	for (;;) {
		assert_int_equal(copy_pipe_next(&pipe, &record), 0);
		if (record.type != COPY_DATA)
			break;
		size += record.body.length;
	}
	assert_int_equal(record.type, COPY_FILE_END);
	assert_int_equal(size, 8100000);
	expect(&pipe, COPY_END);
	assert_int_equal(copy_pipe_put(&pipe, &done), 0);
	assert_int_equal(copy_pipe_flush(&pipe), 0);
	assert_int_equal(copy_ends_join(&ends), 0);
	copy_pipe_finish(&pipe);
}

/* A receiver that says something else, or says it without end, or goes. */
static void test_hostile_receivers(void **state)
{
	static const struct copy_record answers[] = {
		{.type = COPY_GO, .body = {.bytes = (const uint8_t *)"\1\1", .length = 2}},
		{.type = COPY_END},
		{.type = COPY_ERROR, .body = {.bytes = (const uint8_t *)"no\x1b[2J", .length = 6}},
	};
	struct sending sending = {.paths = {"file"}};

	(void)state;
	copy_shell("head -c 8000000 /dev/zero >file");
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct copy_ends ends = copy_fork_end(send_paths, &sending);
		struct copy_pipe pipe;
		copy_pipe_init(&pipe, ends.in_fd, ends.out_fd);
		assert_int_equal(copy_pipe_put(&pipe, &answers[i]), 0);
		assert_int_equal(copy_pipe_flush(&pipe), 0);
		assert_int_equal(copy_ends_join(&ends), 1);
		copy_pipe_finish(&pipe);
	}
	struct copy_ends ends = copy_fork_end(send_paths, &sending);
	assert_int_equal(copy_ends_join(&ends), 1);
}

/* Counts that nobody asked for fill no memory and stop nothing. */
static void test_receiver_that_talks(void **state)
{
	const struct copy_record counts = {.type = COPY_COUNTS}, done = {.type = COPY_DONE};
	struct sending sending = {.paths = {"file"}};
	struct copy_record record;
	struct copy_pipe pipe;

	(void)state;
	copy_shell("head -c 2000000 /dev/zero >file");
	struct copy_ends ends = copy_fork_end(send_paths, &sending);
	copy_pipe_init(&pipe, ends.in_fd, ends.out_fd);
	expect(&pipe, COPY_BEGIN);
	expect(&pipe, COPY_ITEM);
	put_go(&pipe);
	for (int i = 0; i < 100000; i++)
		assert_int_equal(copy_pipe_put(&pipe, &counts), 0);
	do
		assert_int_equal(copy_pipe_next(&pipe, &record), 0);
	while (record.type != COPY_END);
	assert_int_equal(copy_pipe_put(&pipe, &done), 0);
	assert_int_equal(copy_pipe_flush(&pipe), 0);
	assert_int_equal(copy_ends_join(&ends), 0);
	copy_pipe_finish(&pipe);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_tree, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_name_for_one, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_existing, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_links, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_special, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_deep, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_holes, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_unknown_sizes, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_umask, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(
			test_file_that_shrinks, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_file_that_grows, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(
			test_hostile_receivers, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(
			test_receiver_that_talks, copy_set_up, copy_tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
