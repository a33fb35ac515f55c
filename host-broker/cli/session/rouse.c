#include "host-broker/cli/session/rouse.h"

#include <unistd.h>

#include "proto/broker.pb-c.h"
#include "proto/io/broker-dial.h"
#include "proto/io/broker-request.h"
#include "proto/wire/frame.h"

static void request_close(struct rouse *rouse)
{
	if (rouse->fd >= 0)
		close(rouse->fd);
	rouse->fd = -1;
}

static void on_quiet(uv_timer_t *timer)
{
	request_close(timer->data);
}

/* What comes of it is heard from the guest, so that nobody reads the broker's answer. */
static void on_unanswered(uv_timer_t *timer)
{
	Vmsilo__Broker__ResumeVm resume = VMSILO__BROKER__RESUME_VM__INIT;
	struct rouse *rouse = timer->data;
	char path[PATH_SIZE];

	if (!paths_runtime(rouse->broker, NULL, "broker.socket", path))
		return;
	resume.vm = (char *)rouse->vm;
	rouse->fd = broker_dial(path, NULL);
	if (rouse->fd >= 0 && broker_request_send(rouse->fd, "vmsilo " VMSILO_VERSION,
				      FRAME_RESUME_VM, &resume.base) < 0)
		request_close(rouse);
	uv_timer_start(timer, on_quiet, ROUSE_AGAIN_MS, 0);
}

void rouse_init(struct rouse *rouse, uv_loop_t *loop, const struct paths *broker, const char *vm,
	struct closer *closer)
{
	*rouse = (struct rouse){.broker = broker, .vm = vm, .closer = closer, .fd = -1};
	uv_timer_init(loop, &rouse->timer);
	rouse->timer.data = rouse;
	closer_add(closer);
}

bool rouse_begin(struct rouse *rouse)
{
	if (!rouse->broker || uv_is_active((uv_handle_t *)&rouse->timer))
		return false;
	uv_timer_start(&rouse->timer, on_unanswered, ROUSE_AFTER_MS, 0);
	return true;
}

void rouse_heard(struct rouse *rouse)
{
	request_close(rouse);
	uv_timer_stop(&rouse->timer);
}

void rouse_finish(struct rouse *rouse)
{
	request_close(rouse);
	closer_close(rouse->closer, (uv_handle_t *)&rouse->timer);
}
