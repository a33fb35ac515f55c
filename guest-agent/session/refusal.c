#include "guest-agent/session/refusal.h"

#include <errno.h>
#include <stdio.h>

#include "guest-agent/session/open-check.h"

bool open_is_refused(const struct sessions *sessions, const struct grant *grant,
	const Vmsilo__Session__Open *untrusted_open, struct program_failure *ret)
{
	const char *problem = open_check(untrusted_open);

	*ret = (struct program_failure){
		.stage = VMSILO__SESSION__FAILED__STAGE__REQUEST, .error = EINVAL};
	if (!problem && grant->services_only && !untrusted_open->service[0]) {
		ret->stage = VMSILO__SESSION__FAILED__STAGE__POLICY;
		ret->error = EPERM;
		problem = "its configuration allows services only (exec: services); use vm-run "
			  "--service";
	}
	if (!problem) {
		problem = sessions->refusal(sessions->data, grant->user);
		ret->stage = problem ? VMSILO__SESSION__FAILED__STAGE__USER : ret->stage;
	}
	if (!problem && (sessions->running >= SESSIONS_MAX ||
				(untrusted_open->detach && !detached_room(sessions->detached)))) {
		ret->stage = VMSILO__SESSION__FAILED__STAGE__RESOURCES;
		ret->error = EAGAIN;
		problem = "too many programs are already running in the guest";
	}
	if (problem)
		snprintf(ret->text, sizeof(ret->text), "%s", problem);
	return problem;
}
