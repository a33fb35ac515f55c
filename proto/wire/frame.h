/*
 * The frame codec. Pure: bytes in, frames out, no I/O.
 *
 *   0        4      6        8
 *   | length | type | stream | payload ... |      all little-endian
 *
 * length counts the payload only. stream is 0 (stdin), 1 (stdout) or 2 (stderr) in DATA, END,
 * CREDIT and STOP, and 0 in every other frame. The payload of DATA and WINDOWS_PIXELS is raw, END
 * and STOP have none, every other payload is the type's protobuf message. proto/PROTOCOL.md has the
 * whole protocol.
 */
#ifndef VMSILO_PROTO_WIRE_FRAME_H
#define VMSILO_PROTO_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"

enum frame_type {
	/* Any stream: the dialler says hello first, the other answers hello or reject. */
	FRAME_HELLO = 1,
	FRAME_REJECT = 2,

	/* Control channel, up to FRAME_CONTROL_LAST. B: broker to agent, A: agent to broker. */
	FRAME_GRANT = 16,         /* B */
	FRAME_SHUTDOWN = 17,      /* B */
	FRAME_SHUTDOWN_ACK = 18,  /* A */
	FRAME_ACTIVITY = 19,      /* A */
	FRAME_REPORT = 20,        /* A */
	FRAME_REPORT_WANTED = 21, /* B */
	FRAME_CLOCK = 22,         /* B, and A's answer */
	FRAME_IDLE = 23,          /* B: are you idle? A: what keeps it */
	FRAME_USB_ATTACH = 24,    /* B */
	FRAME_USB_DETACH = 25,    /* B */
	FRAME_USB_ATTACHED = 26,  /* A */
	FRAME_USB_DETACHED = 27,  /* A */
	FRAME_SETUP = 28,         /* B */
	FRAME_SETUP_DONE = 29,    /* A */
	FRAME_LOG = 30,           /* A */
	FRAME_NETWORK = 31,       /* B, and A's answer */
	FRAME_CONTROL_LAST = 31,  /* the range's end */

	/* Session stream. C: client to agent, A: agent to client. */
	FRAME_OPEN = 32,   /* C */
	FRAME_OPENED = 33, /* A */
	FRAME_FAILED = 34, /* A */
	FRAME_DATA = 35,   /* C: stdin; A: stdout, stderr */
	FRAME_END = 36,    /* as DATA: end of file, once per stream */
	FRAME_CREDIT = 37, /* C: stdout, stderr; A: stdin */
	FRAME_STOP = 38,   /* as CREDIT: nobody reads this stream any more */
	FRAME_SIGNAL = 39, /* C */
	FRAME_WINDOW = 40, /* C */
	FRAME_STATUS = 41, /* A: the last frame of a session */
	FRAME_PROBE = 42,  /* C: are you there?; A: yes */

	/* Client to broker (unix socket). */
	FRAME_START = 64,
	FRAME_STOP_VM = 65,
	FRAME_SESSION = 66,
	FRAME_LIST = 67,
	FRAME_INHIBIT = 72, /* DONE, and the connection stays: it is the inhibitor */
	FRAME_WHY = 73,
	FRAME_USB_LIST = 75,
	FRAME_USB_LEND = 76,
	FRAME_USB_RETURN = 77,
	FRAME_PAUSE_VM = 78,
	FRAME_RESUME_VM = 79,
	FRAME_MEMORY = 74,
	FRAME_EVENTS = 68,
	FRAME_CONSOLE = 69,
	FRAME_RELOAD = 70,
	FRAME_LOGS = 71,
	FRAME_RESET_ROOT = 98,
	FRAME_NETWORKS = 96,
	/* Broker to client. */
	FRAME_PROGRESS = 80,
	FRAME_GRANTED = 81, /* carries the connected session socket (SCM_RIGHTS) */
	FRAME_DONE = 82,
	FRAME_FAILURE = 83,
	FRAME_VM_LIST = 84,
	FRAME_REASONS = 86,
	FRAME_USB_DEVICES = 88,
	FRAME_MEMORY_LIST = 87,
	FRAME_EVENT = 85,      /* many: the answer to EVENTS has no end */
	FRAME_DESCRIPTOR = 89, /* carries a descriptor: a journal's file, a console's socket */
	FRAME_RELOADED = 90,
	FRAME_NETWORK_LIST = 97,

	/* Tray stream. H: vmsilo-tray on the host, G: vmsilo-guest-tray in the guest. */
	FRAME_TRAY_SETTINGS = 112,       /* H: the first */
	FRAME_TRAY_ITEM = 113,           /* G */
	FRAME_TRAY_ICON = 114,           /* G */
	FRAME_TRAY_ITEM_GONE = 115,      /* G */
	FRAME_TRAY_ITEM_EVENT = 116,     /* H */
	FRAME_TRAY_REPLY = 117,          /* G */
	FRAME_TRAY_MENU_FOLLOW = 118,    /* H */
	FRAME_TRAY_MENU = 119,           /* G */
	FRAME_TRAY_MENU_UPDATE = 120,    /* G */
	FRAME_TRAY_MENU_SHOW = 121,      /* H */
	FRAME_TRAY_MENU_EVENT = 122,     /* H */
	FRAME_TRAY_NOTIFY = 123,         /* G */
	FRAME_TRAY_NOTIFY_CLOSE = 124,   /* G */
	FRAME_TRAY_NOTIFY_INVOKED = 125, /* H */
	FRAME_TRAY_NOTIFY_CLOSED = 126,  /* H */

	/* Broker to vmsilo-net, */
	FRAME_NET_SET = 144,
	FRAME_NET_TAP = 145,
	FRAME_NET_REMOVE = 146,
	FRAME_NET_COUNT = 147,
	/* and its answers. */
	FRAME_NET_DONE = 152,
	FRAME_NET_TAP_MADE = 153, /* carries the TAP (SCM_RIGHTS) */
	FRAME_NET_COUNTS = 154,
	FRAME_NET_KNOCK = 155,
	FRAME_NET_REFUSED = 156,

	/* Windows stream. H: vmsilo-windows on the host, G: vmsilo-guest-windows in the guest. */
	FRAME_WINDOWS_SETTINGS = 160,       /* H: the first, and again */
	FRAME_WINDOWS_TOPLEVEL = 161,       /* G */
	FRAME_WINDOWS_POPUP = 162,          /* G */
	FRAME_WINDOWS_GONE = 163,           /* G */
	FRAME_WINDOWS_FRAME = 164,          /* G */
	FRAME_WINDOWS_RECT = 165,           /* G */
	FRAME_WINDOWS_PIXELS = 166,         /* G: raw */
	FRAME_WINDOWS_COPY = 167,           /* G */
	FRAME_WINDOWS_FILL = 168,           /* G */
	FRAME_WINDOWS_FRAME_END = 169,      /* G */
	FRAME_WINDOWS_SHARED_FRAME = 170,   /* G */
	FRAME_WINDOWS_REQUEST = 171,        /* G */
	FRAME_WINDOWS_ACTIVATE = 172,       /* G */
	FRAME_WINDOWS_CURSOR = 173,         /* G */
	FRAME_WINDOWS_CONSTRAINT = 174,     /* G, H */
	FRAME_WINDOWS_DRAG = 175,           /* G */
	FRAME_WINDOWS_TEXT_INPUT = 176,     /* G */
	FRAME_WINDOWS_CLIPBOARD_DATA = 177, /* G, H */
	FRAME_WINDOWS_CONFIGURE = 180,      /* H */
	FRAME_WINDOWS_POPUP_PLACE = 181,    /* H */
	FRAME_WINDOWS_POPUP_DONE = 182,     /* H */
	FRAME_WINDOWS_CLOSE = 183,          /* H */
	FRAME_WINDOWS_FRAME_DONE = 184,     /* H */
	FRAME_WINDOWS_SHARED_RELEASE = 185, /* H */
	FRAME_WINDOWS_KEYMAP = 186,         /* H */
	FRAME_WINDOWS_REPEAT = 187,         /* H */
	FRAME_WINDOWS_FOCUS = 188,          /* H */
	FRAME_WINDOWS_MODIFIERS = 189,      /* H */
	FRAME_WINDOWS_KEY = 190,            /* H */
	FRAME_WINDOWS_POINTER = 191,        /* H */
	FRAME_WINDOWS_TOUCH = 192,          /* H */
	FRAME_WINDOWS_DRAG_DONE = 193,      /* H */
	FRAME_WINDOWS_TEXT_EVENT = 194,     /* H */
	FRAME_WINDOWS_CLIPBOARD_GET = 195,  /* H */

	/* On the host: P: vmsilo-windows, V: its vmsilo-windows-view, C: vmsilo's commands. The
	 * clipboard's data goes by the frames of the windows stream. */
	FRAME_DESK_SETTINGS = 208,  /* P: the first, and again */
	FRAME_DESK_COUNTS = 209,    /* V */
	FRAME_DESK_LIST = 210,      /* P, C */
	FRAME_DESK_WINDOWS = 211,   /* V, and P's answer to C */
	FRAME_DESK_CROSSED = 212,   /* V */
	FRAME_DESK_ACTIVATE = 213,  /* P, C */
	FRAME_DESK_CLOSE = 214,     /* P */
	FRAME_DESK_USE = 215,       /* V */
	FRAME_DESK_VIOLATION = 216, /* V: its last */
	FRAME_DESK_ANSWER = 217,    /* P to C */
};

struct frame {
	uint16_t type; /* enum frame_type, or a number nobody knows */
	uint16_t stream;
	uint32_t length;
	const uint8_t *payload; /* length bytes, borrowed until the callback that got it returns */
};

/* "HELLO", ...; "?" for an unknown type. */
const char *frame_type_name(uint16_t type);
/* Its payload is bytes, not a message. */
bool frame_type_is_raw(uint16_t type);
/* The largest payload of the type, UV_EPROTO for an unknown one. */
int64_t frame_length_max(uint16_t type);

void frame_encode_header(
	uint8_t header[FRAME_HEADER_SIZE], uint16_t type, uint16_t stream, uint32_t length);

/* Reads a header that frame_decode() did not refuse, without a payload, into *ret. Returns the size
 * of the whole frame. */
int64_t frame_decode_header(const uint8_t header[FRAME_HEADER_SIZE], struct frame *ret);

/*
 * Decodes the frame at the start of bytes. Returns the size of the whole frame (header and payload)
 * and fills *ret; 0 when more bytes are needed; UV_EPROTO for an unknown type or a stream number
 * that the type does not have, UV_EMSGSIZE for a length above the type's maximum. The header is
 * judged as soon as it is there, so that nobody waits or allocates for a payload that would be
 * refused.
 */
int64_t frame_decode(const uint8_t *bytes, size_t length, struct frame *ret);

#endif
