/* Keys that are pressed together: modifiers and a key's name, as xkbcommon has it (keysym names),
 * joined by '+': "Ctrl+Alt+C". Pure; whether there is such a key only xkbcommon knows. */
#ifndef VMSILO_BROKER_CONFIG_VALUE_CHORD_H
#define VMSILO_BROKER_CONFIG_VALUE_CHORD_H

#include <stdbool.h>

#define CHORD_MAX 64 /* bytes */

/* At least one of Ctrl, Alt, Shift, Super, none twice and in either case, and then a key. */
bool chord_is(const char *text);

#endif
