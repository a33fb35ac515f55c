/*
 * Every bound of the protocol, with its unit and its reason. A limit has a name, stands here, and
 * has a test on either side of it.
 */
#ifndef VMSILO_PROTO_LIMITS_H
#define VMSILO_PROTO_LIMITS_H

/* Frames. */
#define FRAME_HEADER_SIZE 8
#define FRAME_DATA_MAX (64 * 1024)    /* bytes of a DATA frame: the size of a default pipe */
#define FRAME_HELLO_MAX 1024          /* all that an unauthenticated peer can make us read */
#define FRAME_SMALL_MAX 256           /* credit, signal, window, status ...: fixed small fields */
#define FRAME_TEXT_MAX 4096           /* messages that carry a sentence for a person */
#define FRAME_OPEN_MAX (256 * 1024)   /* argv and environment; Linux allows 128 KiB per string */
#define FRAME_FAILURE_MAX (32 * 1024) /* with console and monitor lines */
#define FRAME_LIST_MAX (1024 * 1024)  /* broker -> client: every VM with its state */
#define FRAME_NET_MAX (64 * 1024) /* a VM's network, counters of all: a packet of a unix socket */

/* Sessions. */
#define SESSION_WINDOW (256 * 1024) /* bytes of credit that each stream starts with */
#define SESSION_ARGC_MAX 4096
#define SESSION_ENVC_MAX 1024
#define SERVICE_NAME_MAX 64
#define LOG_LINE_MAX 896   /* bytes of a detached program's line; a longer one comes in parts */
#define LOG_PROGRAM_MAX 64 /* bytes of its name */
#define LOG_LINES_PER_SECOND 200 /* of one guest; more are dropped, and counted */
#define LOG_LINES_BURST 1000
#define PASS_ENV_MAX 32                 /* patterns of one VM */
#define PASS_ENV_NAME_MAX 64            /* bytes of each */
#define SESSION_TERM_MAX 64             /* bytes of $TERM */
#define SESSION_TERMINAL_SIDE_MAX 10000 /* rows, columns */
#define SESSIONS_MAX 512                /* whose program runs, at once in one guest */
#define SESSIONS_PENDING_MAX 512     /* streams whose token has not been announced or checked yet */
#define SESSION_AUTH_TIMEOUT_MS 5000 /* from accept to a valid token */
#define GRANTS_MAX 1024              /* announced and not used yet */
#define GRANT_TTL_MS 10000

/* Channels (bytes queued because the peer does not read). */
#define CHANNEL_HIGH_WATER (256 * 1024) /* above it producers stop */
#define CHANNEL_LOW_WATER (64 * 1024)   /* below it on_drain lets them go on */
#define CHANNEL_QUEUE_MAX \
	(2 * 1024 * 1024) /* a sender that ignores the high water is cut off here */

/* Tray. Bytes of text are UTF-8 without the null. */
#define TRAY_PICTURE_SIDE_MAX 256  /* pixels; a panel's icon has 16 to 128 */
#define TRAY_MENU_ICON_SIDE_MAX 32 /* pixels */
#define TRAY_ID_MAX 128            /* bytes of an item's id, of a notification's category */
#define TRAY_LABEL_MAX 256         /* bytes of a title, a menu's label, a summary, a name */
#define TRAY_TEXT_MAX 2048         /* bytes of a tooltip, of a notification's body */
#define TRAY_TOKEN_MAX 256         /* bytes of an activation token */
#define TRAY_ITEMS_MAX 64          /* of one VM; the configuration may say less */
#define TRAY_MENU_ENTRIES_MAX 512  /* of one item */
#define TRAY_MENU_DEPTH_MAX 8      /* menus within menus */
#define TRAY_NOTIFICATIONS_MAX 64  /* open, of one VM */
#define TRAY_ACTIONS_MAX 12        /* of a notification */
#define TRAY_PENDING_MAX 64        /* the host's events that wait for REPLY */
#define FRAME_TRAY_PICTURE_MAX (TRAY_PICTURE_SIDE_MAX * TRAY_PICTURE_SIDE_MAX * 4 + 256)
#define FRAME_TRAY_NOTIFY_MAX (FRAME_TRAY_PICTURE_MAX + 16 * 1024)
#define FRAME_TRAY_MENU_MAX (512 * 1024) /* 512 entries with labels, or 120 with icons */

/* Windows. Places and sizes in physical pixels. */
#define WINDOWS_MAX 256         /* toplevels and popups of one VM; its Settings may say less */
#define WINDOWS_SIDE_MAX 8192   /* of a frame */
#define WINDOWS_PLACE_MAX 32768 /* of a popup's anchor and offset, either way */
/* Of all windows' frames, one of each: 256 MiB; Settings may say less. What the host has of them in
 * memory together is at most twice it: tray/windows/window/pictures.h. */
#define WINDOWS_PIXELS_MAX (64 << 20)
#define WINDOWS_FRAMES_MAX 2        /* of a window, whose FRAME_DONE has not come */
#define WINDOWS_DAMAGE_MAX 64       /* rectangles of a shared frame */
#define WINDOWS_PIECES_MAX 65536    /* RECT, COPY and FILL of one frame */
#define WINDOWS_WORK_FACTOR 4       /* they may paint so many times the frame's area */
#define WINDOWS_TITLE_MAX 512       /* bytes */
#define WINDOWS_APP_ID_MAX 128      /* bytes */
#define WINDOWS_TOKEN_MAX 128       /* bytes of an activation token */
#define WINDOWS_CURSOR_SIDE_MAX 256 /* of a cursor, of a drag's icon */
#define WINDOWS_KEYS_MAX 32         /* that are held when a window gets the keyboard */
#define WINDOWS_TEXT_MAX 4000       /* bytes: zwp_text_input_v3's own bound of each text */
#define WINDOWS_OUTPUTS_MAX 16
#define WINDOWS_SHARED_MAX (1u << 30)       /* bytes of the shared region */
#define WINDOWS_CLIPBOARD_DEFAULT (1 << 20) /* bytes that cross at once */
#define WINDOWS_CLIPBOARD_MAX (64 << 20)    /* that the configuration may allow */
#define WINDOWS_SCALE_ONE 120               /* scales are in 120ths: wp_fractional_scale_v1 */
#define WINDOWS_SCALE_MAX (8 * WINDOWS_SCALE_ONE)
#define FRAME_WINDOWS_PIXELS_MAX (256 * 1024) /* 8 rows of the widest frame */
#define FRAME_WINDOWS_CURSOR_MAX (WINDOWS_CURSOR_SIDE_MAX * WINDOWS_CURSOR_SIDE_MAX * 4 + 256)
#define FRAME_WINDOWS_KEYMAP_MAX (256 * 1024) /* xkeyboard-config's usual have 60 to 70 KiB */
#define FRAME_WINDOWS_TEXT_MAX (2 * WINDOWS_TEXT_MAX + 256)
#define WINDOWS_CLIPBOARD_PART_MAX (64 * 1024) /* bytes of one CLIPBOARD_DATA */
#define FRAME_WINDOWS_CLIPBOARD_MAX (WINDOWS_CLIPBOARD_PART_MAX + 64)
#define FRAME_DESK_WINDOWS_MAX (256 * 1024) /* WINDOWS_MAX of them with title and program */

/* What the broker tells an agent of its guest. */
#define SETUP_NAME_MAX 128 /* bytes of a time zone's name, a locale's, of each of a keyboard's */
#define SETUP_MOUNTS_MAX 32
#define SETUP_PATH_MAX 255    /* bytes of where one is */
#define SETUP_PROBLEMS_MAX 16 /* that the agent answers */
#define SETUP_PROBLEM_MAX 256 /* bytes of each */
#define FRAME_SETUP_MAX (64 * 1024)
#define NETWORK_CARDS_MAX 2             /* of a guest: its own, and a netvm's for others */
#define NETWORK_ADDRESSES_MAX 2         /* of each; one of either family */
#define NETWORK_ROUTES_MAX 8            /* likewise */
#define NETWORK_DNS_MAX 3               /* servers: MAXNS of resolv.conf(5) */
#define NETWORK_CLIENT_PORTS_MAX 32     /* of a netvm, for those behind it */
#define FRAME_NETWORK_MAX (8 * 1024)    /* all problems, with room */
#define FRAME_SETUP_DONE_MAX (8 * 1024) /* all problems, with room */

/* Tokens and names. */
#define TOKEN_SIZE 16
#define VM_NAME_MAX 32 /* so that every socket path fits into sun_path (108) */
#define USER_NAME_MAX 32

/* Broker clients. */
#define CLIENTS_MAX 256    /* local connections of one broker; lobby.h shares them out */
#define WAITERS_MAX 256    /* requests that wait for one VM */
#define WAITER_RUNS_MAX 3  /* that may end while one request waits, before it fails */
#define WAITER_TRIES_MAX 8 /* to reach the agent of one run that seems to live, */
/* the first after so long, each further one after twice that. */
#define WAITER_TRY_FIRST_MS 50

/* USB devices of one guest: what one vhci_hcd has room for. */
#define USB_DEVICES_MAX 30
#define USB_STREAM_BUFFER (2 * 1024 * 1024) /* of a vsock: room for a large request's data */
#define USB_ERROR_MAX 256                   /* bytes of the agent's sentence */
#define USB_ATTACH_TIMEOUT_MS 5000          /* for the message or its stream, whichever is later */

/* vmsilo-net. */
#define NET_VMS_MAX 128 /* with a network, at once; VmCounts of all are one frame */

/* Vsock ports. */
#define PORT_CONTROL 4999 /* on the host; the agent dials it */
#define PORT_SESSION 5000 /* in the guest; likewise below */
#define PORT_TRAY 5001
#define PORT_USB 5002
#define PORT_WINDOWS 5003

#endif
