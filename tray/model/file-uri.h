/* file: URIs of this machine (RFC 8089), as programs name pictures by them. Pure. */
#ifndef VMSILO_TRAY_MODEL_FILE_URI_H
#define VMSILO_TRAY_MODEL_FILE_URI_H

#include <stdbool.h>

#define FILE_URI_PATH_SIZE 4096

/* file:/path, file:///path or file://localhost/path, escapes (%20) decoded: the path. False for
 * another scheme, another host, an escape that is none, a NUL, and what is too long. */
bool file_uri_parse(const char *uri, char ret_path[FILE_URI_PATH_SIZE]);

#endif
