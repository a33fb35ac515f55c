/*
 * Where things lie, from (mode, user, environment). Pure.
 *
 *   user mode:   $XDG_RUNTIME_DIR/vmsilo/    else /run/user/UID/vmsilo, else /tmp/vmsilo-UID
 * (checked to be ours alone) $XDG_CONFIG_HOME/vmsilo/vmsilo.yaml, $XDG_DATA_HOME/vmsilo/images,
 *                $XDG_STATE_HOME/vmsilo/VM/journal, verified.json; $XDG_DATA_HOME/vmsilo/vms
 *   system mode: /run/vmsilo/, /etc/vmsilo/vmsilo.yaml, /var/lib/vmsilo/images,
 *                /var/log/vmsilo/VM/journal, /var/lib/vmsilo/vms, /var/lib/vmsilo/verified.json
 *
 *   RUNTIME/broker.socket, broker.lock, broker.log
 *   RUNTIME/VM/command.socket    connecting starts the VM; same protocol as broker.socket, for this
 *                                VM only
 *   RUNTIME/VM/state, *.socket   for adoption; sockets of the monitor's, bound by us
 *   RUNTIME/VM/monitor/          those that it binds itself
 *   RUNTIME/VM/vsock/s, vsock/s_4999    the hybrid convention; all that the vsock device can see
 */
#ifndef VMSILO_PROTO_HOST_PATHS_H
#define VMSILO_PROTO_HOST_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proto/base/error.h"

#define PATH_SIZE 108 /* sun_path */

struct paths {
	char runtime[PATH_SIZE];
	char config[4096];
	char images[4096];
	char journals[4096];
	char addresses[4096]; /* which of the broker's range each VM has */
	char vms[4096];       /* VMS/VM/: what a VM keeps: its home, a layer */
	char verified[4096];  /* which files' sums are known */
	char uids[4096];      /* of the machine: which user each VM has; "" for a user's */
	bool system;
};

struct paths_environment {
	uid_t uid;
	const char *xdg_runtime_dir; /* each NULL when unset */
	const char *xdg_config_home;
	const char *xdg_data_home;
	const char *xdg_state_home;
	char home[1024];      /* "": nobody knows */
	bool run_user_exists; /* /run/user/UID is a directory of uid's */
};

/* $HOME where it is an absolute path, else what the user's passwd entry says; false when there is
 * neither, or it does not fit. */
bool paths_home(char *ret, size_t size);
/* Fills the environment from the process. */
void paths_environment_get(struct paths_environment *ret);
void paths_of_system(struct paths *ret);
int paths_get(bool system, const struct paths_environment *environment, struct paths *ret,
	struct error *error);
/* Those of the broker that a client is to speak to. $VMSILO_BROKER names it, system or user; else
 * it is the user's, if he has a configuration or the machine's does not run. */
int paths_choose(struct paths *ret, struct error *error);
/* RUNTIME/NAME, RUNTIME/VM/NAME (vm may be NULL). False when it does not fit: cannot happen for
 * checked VM names. */
bool paths_runtime(
	const struct paths *paths, const char *vm, const char *name, char ret[PATH_SIZE]);
/* What a configuration says of a path: "~/" is the home of who runs this. UV_ENAMETOOLONG;
 * UV_ENOENT when there is no home. */
int paths_expand(const char *text, char *ret, size_t size);
/* Refuses (UV_EPERM, UV_ENOTDIR, with a sentence) a folder in which another user but root could
 * stand in for us; the machine's may be whosever root made it. *ret_owner: its owner. Not pure. */
int paths_check_folder(const char *folder, uid_t *ret_owner, struct error *error);
/* Makes the runtime directory 0700 (the machine's 0755), and refuses one that another user owns or
 * could write to. Not pure. */
int paths_make_runtime(const struct paths *paths, struct error *error);

#endif
