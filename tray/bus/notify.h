/* A sentence for the user in a notification, by programs that have nothing else to do with the
 * session's bus. */
#ifndef VMSILO_TRAY_BUS_NOTIFY_H
#define VMSILO_TRAY_BUS_NOTIFY_H

/* Blocks, for at most NOTIFY_TIMEOUT_MS. 0; UV_ENOTCONN without a session's bus, or when nobody on
 * it shows notifications. summary and body are text of ours, or made safe. */
int notify_send(const char *summary, const char *body);

#define NOTIFY_TIMEOUT_MS 2000

#endif
