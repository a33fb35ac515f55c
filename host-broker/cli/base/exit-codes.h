/* How the client ends when it is not the program's own exit code. See vm-run(1). */
#ifndef VMSILO_BROKER_CLI_BASE_EXIT_CODES_H
#define VMSILO_BROKER_CLI_BASE_EXIT_CODES_H

enum exit_code {
	EXIT_SESSION_LOST = 119,
	EXIT_NO_SUCH_VM = 120,
	EXIT_START_FAILED = 121,
	EXIT_NO_BROKER = 122,
	EXIT_NOT_PERMITTED = 123,
	EXIT_VMSILO = 125,         /* wrong usage, or vmsilo itself failed */
	EXIT_NOT_EXECUTABLE = 126, /* these two as env(1) */
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNAL_BASE = 128, /* plus the signal's number */
};

#endif
