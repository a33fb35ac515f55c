#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0},
};

static const struct {
	const char *name, *words;
} kinds[] = {
	{"added", "added"},
	{"removed", "removed"},
	{"leaving", "keeps running, and is removed once it has stopped"},
	{"changed", "changed"},
	{"restart", "needs a restart"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const char *kind_name(unsigned int kind)
{
	return kind < KINDS ? kinds[kind].name : "?";
}

static void change_print(const Vmsilo__Broker__Reloaded__Change *change)
{
	printf("%-20s %s", change->vm,
		(unsigned int)change->kind < KINDS ? kinds[change->kind].words : "?");
	for (size_t i = 0; i < change->n_keys; i++)
		printf("%s%s", i == 0 ? ": " : ", ", change->keys[i]);
	putchar('\n');
}

static json_t *change_json(const Vmsilo__Broker__Reloaded__Change *change)
{
	json_t *keys = json_array();

	for (size_t i = 0; i < change->n_keys; i++)
		json_array_append_new(keys, json_string(change->keys[i]));
	return json_pack("{s:s, s:s, s:o}", "vm", change->vm, "change", kind_name(change->kind),
		"keys", keys);
}

static void reloaded_json(const Vmsilo__Broker__Reloaded *reloaded)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < reloaded->n_changes; i++)
		json_array_append_new(changes, change_json(reloaded->changes[i]));
	json_t *root =
		json_pack("{s:I, s:o}", "vms", (json_int_t)reloaded->vms, "changes", changes);
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static void reloaded_print(const Vmsilo__Broker__Reloaded *reloaded)
{
	for (size_t i = 0; i < reloaded->n_changes; i++)
		change_print(reloaded->changes[i]);
	printf("%u VMs, %zu changed\n", reloaded->vms, reloaded->n_changes);
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__Reload request = VMSILO__BROKER__RELOAD__INIT;
	struct values values = {0};
	struct broker_answer answer;
	char **operands;
	int exit_code = options_parse(&command_reload, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	exit_code = ask(false, FRAME_RELOAD, &request.base, FRAME_RELOADED, &answer);
	if (exit_code != 0)
		return exit_code;
	if (values.json)
		reloaded_json((const Vmsilo__Broker__Reloaded *)answer.message);
	else
		reloaded_print((const Vmsilo__Broker__Reloaded *)answer.message);
	message_free(answer.message);
	return 0;
}

const struct command command_reload = {
	.name = "reload",
	.summary = "read the configuration again; running VMs are not touched",
	.operands = "",
	.text = "Reads the configuration again. Running VMs are not touched: settings that they "
		"can take only\nwhen they start are listed, and wait for vm-restart. If the "
		"configuration has an error, nothing\nchanges.",
	.options = options,
	.run = run,
};
