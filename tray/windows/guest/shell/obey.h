/* Does what the host says of windows. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_OBEY_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_OBEY_H

#include "tray/windows/guest/shell/server.h"

/* Messages of other types are for others. */
void obey(struct server *server, uint16_t type, const ProtobufCMessage *message);
/* The stream is there, or not any more. */
void obey_begin(struct server *server);
void obey_end(struct server *server);

#endif
