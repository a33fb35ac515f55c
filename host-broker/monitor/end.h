/* Why a monitor ends. None runs on over a reset of its guest, so that this is an end, too. Pure. */
#ifndef VMSILO_BROKER_MONITOR_END_H
#define VMSILO_BROKER_MONITOR_END_H

enum monitor_end {
	MONITOR_END_UNKNOWN,     /* it said nothing, or what we do not know */
	MONITOR_END_POWERED_OFF, /* by the guest */
	MONITOR_END_RESET, /* by the guest: a reboot, a triple fault, a kernel that panicked */
	MONITOR_END_PANICKED,
	MONITOR_END_KILLED, /* from outside, without a word of its own */
	MONITOR_END_SIGNAL, /* the same, and it had the time to say so */
	MONITOR_END_QUIT,   /* somebody on the host told it to */
	MONITOR_END_ERROR,  /* of the monitor */
};

/* Of an end that status (as of waitpid(2)) tells alone. */
enum monitor_end monitor_end_of_status(int status);
/* "somebody on the host told it to quit"; NULL where there is nothing to add to the status. */
const char *monitor_end_words(enum monitor_end end);

#endif
