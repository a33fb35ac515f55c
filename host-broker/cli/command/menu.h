/* Programs of VMs in the user's menu: vmsilo-menu does it. */
#ifndef VMSILO_BROKER_CLI_COMMAND_MENU_H
#define VMSILO_BROKER_CLI_COMMAND_MENU_H

/* Runs a program of a VM's menu: vm-run's words from the first option to operands, which are the
 * VM, the program's ID and files. An exit code; does not return when it went well. */
int menu_open(char **options, char **operands);

#endif
