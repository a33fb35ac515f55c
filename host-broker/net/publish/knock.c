#include "host-broker/net/publish/knock.h"

#include <unistd.h>

static void end(struct knock *knock)
{
	knock->asked = false;
	knock->datagrams = 0;
	uv_timer_stop(&knock->timer);
}

/* A pipe that is full has one that was not heard yet. */
static void on_time(uv_timer_t *timer)
{
	struct knock *knock = timer->data;

	if (knock->datagrams == 0 && !(knock->waits && knock->waits(knock->data))) {
		end(knock);
		return;
	}
	if (knock->datagrams > 0)
		knock->datagrams--;
	if (write(knock->fd, "", 1) < 0)
		return;
}

int knock_init(struct knock *knock, uv_loop_t *loop, int fd)
{
	knock->fd = fd;
	knock->timer.data = knock;
	return uv_timer_init(loop, &knock->timer);
}

void knock_asked(struct knock *knock)
{
	uint64_t now = uv_now(knock->timer.loop);
	bool quiet = knock->answered_ms == 0 || now - knock->answered_ms > KNOCK_QUIET_MS;

	if (knock->asked)
		return;
	knock->asked = true;
	uv_timer_start(&knock->timer, on_time, quiet ? 0 : KNOCK_WAIT_MS, KNOCK_AGAIN_MS);
}

void knock_datagram(struct knock *knock)
{
	knock->datagrams = KNOCK_DATAGRAM_TIMES;
	knock_asked(knock);
}

void knock_answered(struct knock *knock)
{
	knock->answered_ms = uv_now(knock->timer.loop);
	end(knock);
}
