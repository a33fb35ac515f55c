/*
 * The files of the user's menu, as texts (Desktop Entry Specification 1.5, Desktop Menu
 * Specification 1.1). Pure.
 */
#ifndef VMSILO_TRAY_MENU_ENTRY_H
#define VMSILO_TRAY_MENU_ENTRY_H

#include "tray/menu/record.h"

/* The window's app id, the entry's ID and its icon's name: vmsilo.VM.PROGRAM, so that a desktop
 * finds the one by the others. */
#define ENTRY_NAME_SIZE 128
void entry_name(const char *vm, const char *program, char ret[ENTRY_NAME_SIZE]);

/* The program's entry. command: how vm-run is called, with quotes where it needs them. Allocated;
 * NULL: memory is short. */
char *entry_text(const char *vm, const char *command, const struct menu_program *program);
/* The name of the VM's folder in the menu. */
char *entry_folder(const char *vm);
/* The folder with all entries of the VM, merged into the desktop's own menu. */
char *entry_menu(const char *vm);

#endif
