#include "host-broker/cli/complete.h"

#include <stdbool.h>
#include <string.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/config/config.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

#define WORD_SIZE 64

/* ---- the VMs ---- */

static void vms_of_configuration(const struct paths *paths, const char *suffix, FILE *out)
{
	struct error error = {0};
	struct config *config;

	if (config_load(paths->config, NULL, &config, &error) < 0)
		return;
	for (size_t i = 0; i < config->vms_count; i++)
		fprintf(out, "%s%s\n", config->vms[i].name, suffix);
	config_destroy(config);
}

/* The broker knows those that are no longer configured as well, and which are ours. */
static void vms_print(const char *suffix, FILE *out)
{
	Vmsilo__Broker__List request = VMSILO__BROKER__LIST__INIT;
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (paths_choose(&paths, &error) < 0)
		return;
	if (broker_ask(&paths, false, FRAME_LIST, &request.base, &answer, &error) < 0) {
		vms_of_configuration(&paths, suffix, out);
		return;
	}
	const Vmsilo__Broker__VmList *list = (const Vmsilo__Broker__VmList *)answer.message;
	for (size_t i = 0; answer.type == FRAME_VM_LIST && i < list->n_vms; i++)
		fprintf(out, "%s%s\n", list->vms[i]->name, suffix);
	message_free(answer.message);
}

/* ---- what a word of a table stands for ---- */

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static void value_print(const struct command *command, const char *word, FILE *out)
{
	static const char *const files[] = {"FILE", "DESTINATION", "DIRECTORY", NULL};

	if (strcmp(word, "VM") == 0)
		vms_print("", out);
	else if (is_one_of(word, files))
		fputs(":files\n", out);
	/* A file there may be a VM's. */
	if (is_one_of(word, files) && strstr(command->operands, "DESTINATION"))
		vms_print(":", out);
	/* Of vmsilo-usb, the only one that has them. */
	if (strcmp(word, "VERB") == 0)
		fputs("list\nattach\ndetach\n", out);
	else if (strstr(command->operands, "VERB"))
		vms_print("", out);
}

/* ---- options ---- */

static bool is_end(const struct command_option *option)
{
	return !option->letter && !option->name;
}

static void option_print(const struct command_option *option, FILE *out)
{
	int length = (int)strcspn(option->help, "\n");

	if (option->name)
		fprintf(out, "--%s\t%.*s\n", option->name, length, option->help);
	if (option->letter)
		fprintf(out, "-%c\t%.*s\n", option->letter, length, option->help);
}

static void options_print(const struct command *command, FILE *out)
{
	const struct command_option *option = command->options;

	for (; option && !is_end(option); option++)
		option_print(option, out);
	fputs("--help\tshow the help\n", out);
}

/* The option that takes the word after this one as its argument. */
static const struct command_option *option_waiting(const struct command *command, const char *word)
{
	const struct command_option *option = command->options;

	for (; option && !is_end(option); option++) {
		bool named = option->name && strncmp(word, "--", 2) == 0 &&
			     strcmp(word + 2, option->name) == 0;
		bool lettered =
			option->letter && word[0] == '-' && word[1] == option->letter && !word[2];
		if (option->argument && (named || lettered))
			return option;
	}
	return NULL;
}

/* ---- commands ---- */

/* words: after the command's name; the last is at the cursor. */
static void command_complete(const struct command *command, int count, char **words, FILE *out)
{
	bool stops = strstr(command->operands, "COMMAND");
	const struct command_option *waiting = NULL;
	bool options_over = false;
	int operands = 0;
	char word[WORD_SIZE];

	for (int i = 0; i < count - 1; i++) {
		if (waiting) {
			waiting = NULL;
		} else if (!options_over && strcmp(words[i], "--") == 0) {
			options_over = true;
		} else if (!options_over && words[i][0] == '-') {
			waiting = option_waiting(command, words[i]);
		} else {
			operands++;
			options_over = options_over || stops;
		}
	}
	if (waiting) {
		value_print(command, waiting->argument, out);
		return;
	}
	if (!options_over && words[count - 1][0] == '-') {
		options_print(command, out);
		return;
	}
	options_operand(command, operands, word, sizeof(word));
	value_print(command, word, out);
}

static void commands_print(FILE *out)
{
	for (size_t i = 0; commands[i]; i++)
		fprintf(out, "%s\t%s\n", commands[i]->name, commands[i]->summary);
	fputs("--system\tuse the machine's broker\n--help\n--version\n", out);
}

void complete(int count, char **words, FILE *out)
{
	const struct command *command = count > 1 ? commands_by_program(words[0]) : NULL;

	if (command) {
		command_complete(command, count - 1, words + 1, out);
		return;
	}
	if (count > 2 && strcmp(words[1], "--system") == 0) {
		count--;
		words++;
	}
	if (count == 2) {
		commands_print(out);
		return;
	}
	command = count > 2 ? commands_by_name(words[1]) : NULL;
	if (command)
		command_complete(command, count - 2, words + 2, out);
}
