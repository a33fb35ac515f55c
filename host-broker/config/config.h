/*
 * The configuration: one YAML file and the drop-ins beside it (conf.d, in the order of their
 * names), read by libcyaml's schema.
 *
 *   vmsilo.yaml            conf.d/NAME.yaml
 *   -----------            ----------------
 *   broker: {...}          the same keys; its VMs are added, its broker keys replace
 *   vms:
 *     - name: untrusted
 *       image: small
 *
 * An error names file, line and key, and what was expected there. Loading has no side effects. All
 * defaults are filled in; every string is non-NULL. The keys themselves are rows of table.c.
 */
#ifndef VMSILO_BROKER_CONFIG_CONFIG_H
#define VMSILO_BROKER_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/config/value/uid-range.h"
#include "proto/base/error.h"

enum accel { ACCEL_AUTO, ACCEL_KVM, ACCEL_TCG };
enum vsock_transport { VSOCK_AUTO, VSOCK_DEVICE, VSOCK_KERNEL };
enum autostart { AUTOSTART_NO, AUTOSTART_YES, AUTOSTART_PAUSED };
enum exec_policy { EXEC_ANY, EXEC_SERVICES };
enum network_default { NETWORK_ALLOW, NETWORK_DENY };
enum sandbox_level { SANDBOX_REQUIRED, SANDBOX_BEST_EFFORT };

enum root_layer { LAYER_AUTO, LAYER_MEMORY, LAYER_DISK };

enum usb_action { USB_ALLOW, USB_ASK, USB_AUTO, USB_DENY };

/* A rule for USB devices: those that match go to the VM by themselves (auto), after a question
 * (ask), on request (allow), or not at all (deny). */
struct usb_rule {
	int vendor, product, class; /* -1: any */
	const char *serial;         /* "": any; likewise below */
	const char *port;           /* "1-2.3" */
	enum usb_action action;
};

struct usb_rules {
	struct usb_rule *items;
	size_t count;
};

/* When a VM is paused, and stops, by itself. */
struct idle_config {
	uint32_t after_ms;    /* without anything that keeps it it stops; 0: never, */
	uint32_t pause_ms;    /* and is paused before; 0: it is not */
	uint32_t notify_ms;   /* its coming end is told so long before; 0: not at all */
	uint32_t cpu_percent; /* of one processor: from here on it is busy; 0: does not count */
	bool tray;            /* items in a panel keep it */
};

/* How a VM is paused, by whatever. */
enum pause_network { PAUSE_NETWORK_KEEP, PAUSE_NETWORK_IGNORE };
struct pause_config {
	enum pause_network network; /* whether data that crosses its network keeps it running */
};

/* A folder of the host's in the guest. */
struct share_config {
	const char *path;   /* absolute, or "~/..." */
	const char *mount;  /* where in the guest: mount_point_valid() */
	bool read_only;     /* the guest can change nothing */
	const char *run_as; /* user of the host as whom it is served; "": the folder's owner */
	unsigned int line;  /* in the file of the VM's source; 0: of a record */
};

struct share_configs {
	struct share_config *items;
	size_t count;
};

#define SHARES_MAX 16

/* Checked texts, in the file's order. */
struct text_list {
	char **items;
	size_t count;
};

/* What a VM may send to beside the default. */
struct network_rule {
	const char *to; /* an address or a range; "": anything */
	int protocol;   /* enum net_protocol */
	struct text_list ports;
};

/* A VM's network. Texts are what host-broker/address/ reads; "": none is said. */
struct network_config {
	const char *netvm; /* "none", "host", or a VM's name; "": none */
	const char *address, *address6, *mac;
	struct text_list dns;
	enum network_default rest; /* what allow does not say */
	struct {
		struct network_rule *items;
		size_t count;
	} allow;
	struct text_list host_ports;
	struct text_list client_ports; /* of a netvm */
	struct text_list publish;
};

/* A network card at a device of the host's, beside the VM's network. That it has exactly one of
 * the first two, host-broker/network/check.h looks. */
struct interface_config {
	const char *tap;    /* one that is there; "": none */
	const char *bridge; /* it gets a TAP of its own on this; "": none */
	const char *mac;    /* of the guest; "": made from the VM's name */
};

struct interface_configs {
	struct interface_config *items;
	size_t count;
};

#define INTERFACES_MAX 4

/* What a VM may show on the desktop. */
struct tray_config {
	bool shown;                        /* its items, that is: */
	uint32_t items;                    /* so many at once */
	uint32_t updates_per_second;       /* of all items */
	bool notifications;                /* are shown, and of them: */
	uint32_t notifications_per_minute; /* so many */
};

enum windows_fullscreen { FULLSCREEN_FRAMED, FULLSCREEN_BARE };

/* Windows of its programs on the desktop. */
struct windows_config {
	bool shown;                         /* where its image can; and of them: */
	uint32_t count;                     /* so many at once */
	uint64_t memory_bytes;              /* of their pictures */
	uint64_t shared_bytes;              /* of the shared region; WINDOWS_SHARED_AUTO */
	uint64_t clipboard_bytes;           /* that cross at once; 0: none */
	const char *copy, *paste;           /* chords: "Ctrl+Alt+C" */
	enum windows_fullscreen fullscreen; /* what it keeps of the VM's frame */
	bool text_input;                    /* by the user's input method */
	bool drags;                         /* from one of its windows to another */
};

#define WINDOWS_SHARED_AUTO UINT64_MAX

/* Names of XKB. */
struct keyboard_config {
	const char *layout; /* "us,de" */
	const char *variant;
	const char *model;
	const char *options;
};

/* What of the guest's root is written, over the image. */
struct root_config {
	enum root_layer layer; /* AUTO: on disk when it is kept, else in memory */
	uint64_t size_bytes;   /* 0: half of the memory, or ROOT_LAYER_DISK_BYTES */
	bool keep;             /* lasts; else it ends with the VM */
};

#define ROOT_LAYER_DISK_BYTES (UINT64_C(10) << 30)

/* A disk more. */
struct disk_config {
	const char *path;    /* absolute, or "~/..." */
	uint64_t size_bytes; /* it is made, or made larger, to have so many; 0: as it is */
	bool read_only;
	const char *mount; /* where in the guest; "": nowhere */
};

struct disk_configs {
	struct disk_config *items;
	size_t count;
};

#define DISKS_MAX 12

/* Whom a VM is for, beside the broker's own user and root: access.h. Names, or numbers. */
struct access_config {
	struct text_list users, groups, managers, manager_groups;
};

struct vm_config {
	const char *name;    /* text_is_vm_name */
	const char *color;   /* CSS name or #rrggbb; "" for none */
	const char *monitor; /* "qemu" */
	const char *machine; /* of QEMU: "q35", "microvm" */
	enum accel accel;
	uint64_t memory_bytes;     /* "256M" in the file */
	uint64_t memory_min_bytes; /* what it may shrink to; memory_bytes: it has no balloon */
	uint32_t cpus;
	const char *image;  /* name of an image, or "" when kernel is given */
	const char *kernel; /* absolute paths that override the image's; "" for the image's */
	const char *initrd;
	const char *cmdline; /* added to the image's kernel command line */
	struct root_config root;
	uint64_t home_bytes;       /* size of the disk for the guest user's home; 0: none */
	const char *home_template; /* folder with what is in a new home; "": nothing */
	struct disk_configs disks;
	const char *run_as;              /* user of its processes on the host; "" for the default */
	const char *user;                /* in the guest; "": the agent chooses */
	uint32_t guest_uid;              /* of that user */
	const char *time_zone;           /* "Europe/Berlin"; "": as the host; likewise below */
	const char *locale;              /* "de_DE.UTF-8" */
	struct keyboard_config keyboard; /* its layout "" */
	struct text_list guest_users;    /* that may be asked for instead; "*": any */
	struct text_list pass_env;       /* of the client's environment: NAME, or NAME* */
	enum autostart autostart;        /* with the broker */
	enum exec_policy exec;           /* what may be run: any command, or services alone */
	enum vsock_transport vsock;
	uint32_t cid;               /* kernel vsock only; 0 for automatic */
	uint32_t start_timeout_ms;  /* "60s" in the file */
	uint32_t stop_timeout_ms;   /* orderly, before force */
	enum sandbox_level sandbox; /* of the vsock device */
	struct share_configs shares;
	struct usb_rules usb;
	struct idle_config idle;
	struct pause_config pause;
	struct tray_config tray;
	struct windows_config windows;
	struct text_list
		menu; /* IDs of its programs in the user's menu, "all", or "off"; none: all */
	struct access_config access;
	struct network_config network;
	bool is_netvm; /* others may go through it */
	struct interface_configs interfaces;
	const char *source; /* "FILE:LINE" of the VM's entry, for messages */
};

struct broker_config {
	const char *image_dir; /* "" for the default */
	const char *qemu;      /* program; "qemu-system-x86_64" */
	const char *virtiofsd; /* program; "": where Debian has it */
	const char *log_level;
	const char *run_as;            /* likewise for VMs that say nothing; "" for the default */
	struct uid_range uid_range;    /* of the users that VMs without one have */
	uint64_t memory_reserve_bytes; /* the host's own; MEMORY_RESERVE_AUTO: a twentieth of it */
	uint64_t memory_budget_bytes;  /* of all VMs together; 0: what the host has */
	const char *netvm_range;       /* of IPv4: from it VMs have their addresses */
	const char *netvm_range6;
	uint32_t idle_exit_ms; /* when nobody needs the broker any more; 0: it stays */
};

#define MEMORY_RESERVE_AUTO UINT64_MAX
#define CONFIG_KEYS_MAX 64 /* that a VM has, and with room for more */

struct config {
	struct broker_config broker;
	struct vm_config *vms; /* in the order of the files */
	size_t vms_count;
};

/* Why a VM cannot be as it is configured, though each of its keys is right. */
struct config_objection {
	const char *key; /* whose line is told; one of a VM's */
	size_t item;     /* where a list stands at key: of which of its items, from 0 */
	char text[256];  /* behind the key: what is wrong, and what would be right */
};

/* What only others know of a VM, as what its monitor can do. Returns whether there is one. */
typedef bool (*config_object_cb)(const struct vm_config *vm, struct config_objection *ret);

/* path: the main file; "conf.d" is looked for beside it. object: is asked of each VM; NULL: nobody
 * is. *ret is the caller's, freed with config_destroy(). */
int config_load(
	const char *path, config_object_cb object, struct config **ret, struct error *error);
/* From memory, as file name for messages; no drop-ins, and nobody objects. Pure: for a record, for
 * tests and the fuzzer. */
int config_parse(const char *text, size_t length, const char *name, struct config **ret,
	struct error *error);
void config_destroy(struct config *config);
/* Whether there is one at all. */
bool network_config_is_set(const struct network_config *network);
/* The VM that it goes through; "": none. */
const char *network_config_netvm(const struct network_config *network);
/* The word for it, in the file and for the --sandbox of the programs that have one. */
const char *config_sandbox_word(enum sandbox_level level);
/* NULL when there is none. */
const struct vm_config *config_find(const struct config *config, const char *name);

#endif
