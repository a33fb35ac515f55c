/* Which of the host's serials a program's content obeys: each configure has a serial of Wayland's.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_POLICY_SERIALS_H
#define VMSILO_TRAY_WINDOWS_GUEST_POLICY_SERIALS_H

#include <stddef.h>
#include <stdint.h>

#define SERIALS_KEPT 16

struct serials {
	struct {
		uint32_t wayland, host;
	} list[SERIALS_KEPT];
	size_t next; /* where the next goes; the oldest is there */
};

static inline void serials_add(struct serials *serials, uint32_t wayland, uint32_t host)
{
	serials->list[serials->next].wayland = wayland;
	serials->list[serials->next].host = host;
	serials->next = (serials->next + 1) % SERIALS_KEPT;
}

/* The newest of the host's that went with this one or one before; 0: none. */
static inline uint32_t serials_host(const struct serials *serials, uint32_t wayland)
{
	for (size_t i = 1; i <= SERIALS_KEPT; i++) {
		size_t at = (serials->next + SERIALS_KEPT - i) % SERIALS_KEPT;
		if (serials->list[at].host && (int32_t)(wayland - serials->list[at].wayland) >= 0)
			return serials->list[at].host;
	}
	return 0;
}

#endif
