/*
 * Names that say where and in which language a user is. They become paths and lines of files that
 * shells read, so they are made of harmless characters. Pure.
 */
#ifndef VMSILO_PROTO_BASE_REGIONAL_H
#define VMSILO_PROTO_BASE_REGIONAL_H

#include <stdbool.h>

/* As in the time zone database: words of A-Za-z0-9_+- that begin with a letter, joined by '/', at
 * most SETUP_NAME_MAX bytes: "Europe/Berlin", "Etc/GMT+5", "UTC". */
bool regional_is_zone(const char *name);
/* The rule of a time zone as the variable TZ has it (POSIX, 8.3): "CET-1CEST,M3.5.0,M10.5.0/3". */
bool regional_is_zone_rule(const char *rule);
/* "de_DE.UTF-8", "sr_RS@latin", "C": A-Za-z0-9_.@-, beginning with a letter, likewise. */
bool regional_is_locale(const char *name);
/* What one of XKB's names may be: "", "us,de", ",dvorak", "grp:alts_toggle". */
bool regional_is_keyboard_word(const char *word);

#endif
