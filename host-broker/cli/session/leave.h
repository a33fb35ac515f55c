/*
 * When a user has asked often enough to be rid of a program that does not end, and is let go
 * whatever the guest does. Pure.
 *
 *   signals   LEAVE_COUNT of INT, QUIT, TERM and HUP. INT and QUIT are forgotten LEAVE_WITHIN_MS
 *             after the last of them, since a program may use them; the others mean the end.
 *   presses   LEAVE_COUNT of ^C and ^\ on a raw terminal, where they are the guest's to heed, or
 *             of INT and QUIT that are ignored for us, when nothing has come from the guest since
 *             the first: who finds it there is not let go. A key that is held down is pressed once.
 */
#ifndef VMSILO_BROKER_CLI_SESSION_LEAVE_H
#define VMSILO_BROKER_CLI_SESSION_LEAVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEAVE_COUNT 3
#define LEAVE_WITHIN_MS 5000
#define LEAVE_REPEAT_MS 100 /* keyboards repeat a key faster, and people slower */

/* Begins as zeros. */
struct leave {
	unsigned int ends;   /* TERM and HUP */
	unsigned int breaks; /* INT and QUIT */
	unsigned int presses;
	uint64_t break_ms; /* of the last one */
	uint64_t press_ms;
};

enum leave_step {
	LEAVE_STAY,
	LEAVE_WARN, /* once more, and it is enough */
	LEAVE_NOW,
};

/* Whether it asks a program to end. */
bool leave_is_end(int number);
enum leave_step leave_signal(struct leave *leave, int number, uint64_t now_ms);
enum leave_step leave_press(struct leave *leave, uint64_t now_ms);
/* *ret_number: the signal that the last key stands for, 0: none was typed. */
enum leave_step leave_typed(
	struct leave *leave, const uint8_t *bytes, size_t length, uint64_t now_ms, int *ret_number);
/* The guest has said something. */
void leave_heard(struct leave *leave);

#endif
