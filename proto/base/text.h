/* Checks and filters for text that a guest or another user wrote. Pure. */
#ifndef VMSILO_PROTO_BASE_TEXT_H
#define VMSILO_PROTO_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Well-formed UTF-8 without NUL (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF). */
bool text_is_utf8(const char *bytes, size_t length);

/* Whether a terminal could take a part of it for something to do, or show it in another order: C0,
 * DEL and C1 controls, also the bare bytes 0x80 to 0x9f, separators of lines, and the marks that
 * change the direction of writing (Unicode TR 36). Other bytes that are no UTF-8, and what only
 * joins or is not seen, are none of these. */
bool text_has_controls(const char *bytes, size_t length);

/* A VM's name: 1 to VM_NAME_MAX of a-z 0-9 - _, beginning with a letter: safe in a path and an
 * argument. */
bool text_is_vm_name(const char *name);
/* A POSIX user name as useradd(8) makes them: 1 to USER_NAME_MAX of A-Za-z0-9._-, not beginning
 * with '-'. */
bool text_is_user_name(const char *name);

/* A service's name, which is a file's: 1 to SERVICE_NAME_MAX of A-Za-z0-9._+-, not beginning with
 * '.' or '-'. */
bool text_is_service_name(const char *name);

/*
 * Copies bytes as one printable line: control characters, escapes, bidirectional controls and
 * invalid bytes become \xNN. Always terminates; cuts at size. Returns the length of the result.
 */
size_t text_escape(char *out, size_t size, const char *bytes, size_t length);

/*
 * The same for what is shown and not logged: such characters and invalid bytes are left out, a tab
 * or newline becomes a space, or stays where lines are allowed. Cuts between characters.
 */
size_t text_strip(char *out, size_t size, const char *text, bool lines);

#endif
