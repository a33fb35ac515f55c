"""A keyboard for a headless Wayland compositor: zwp_virtual_keyboard_v1, spoken by hand, with keymaps and modifiers of libxkbcommon."""

import array
import ctypes
import os
import socket
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/tray")
from pointer import Connection  # noqa: E402

xkb = ctypes.CDLL("libxkbcommon.so.0")
for name in ("xkb_context_new", "xkb_keymap_new_from_names", "xkb_state_new"):
    getattr(xkb, name).restype = ctypes.c_void_p
xkb.xkb_keymap_get_as_string.restype = ctypes.c_char_p
context = ctypes.c_void_p(xkb.xkb_context_new(0))
EVDEV = 8  # xkb's codes are the kernel's and this
LEFTSHIFT, LEFTCTRL, LEFTALT, RIGHTALT, ESC, ENTER, TAB, BACKSPACE = 42, 29, 56, 100, 1, 28, 15, 14
DOWN, UP, LEFT, RIGHT, F10 = 108, 103, 105, 106, 68


class Names(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options")]


class Keymap:
    """By layouts, as 'us,de': what the user's desktop has."""

    def __init__(self, layout="us", variant="", options=""):
        names = Names(b"evdev", b"pc105", layout.encode(), variant.encode(), options.encode())
        self.keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
        self.text = xkb.xkb_keymap_get_as_string(self.keymap, 1)

    def code(self, keysym, group=0):
        """(key, shifted) that gives a keysym, by its name or a character."""
        wanted = xkb.xkb_utf32_to_keysym(ord(keysym)) if len(keysym) == 1 else xkb.xkb_keysym_from_name(keysym.encode(), 0)
        syms = ctypes.POINTER(ctypes.c_uint32)()
        for level in (0, 1):
            for key in range(1, 248):
                count = xkb.xkb_keymap_key_get_syms_by_level(self.keymap, key + EVDEV, group, level, ctypes.byref(syms))
                if count == 1 and syms[0] == wanted:
                    return key, level == 1
        raise AssertionError("no key for " + keysym)


class Keyboard(Connection):
    """On the connection's only seat."""

    def __init__(self, path, keymap):
        super().__init__(path, ("wl_seat", 1), ("zwp_virtual_keyboard_manager_v1", 1))
        self.request(5, 0, struct.pack("<II", 4, 6))
        self.load(keymap)

    def load(self, keymap):
        self.keymap = keymap
        self.state = ctypes.c_void_p(xkb.xkb_state_new(keymap.keymap))
        data = keymap.text + b"\0"
        fd = os.memfd_create("keymap")
        os.write(fd, data)
        self.wire.sendmsg([struct.pack("<IIII", 6, 16 << 16 | 0, 1, len(data))],
                          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os.close(fd)
        self.modifiers()

    def modifiers(self):
        parts = [xkb.xkb_state_serialize_mods(self.state, part) for part in (1, 2, 4)]
        self.request(6, 2, struct.pack("<IIII", *parts, xkb.xkb_state_serialize_layout(self.state, 0x40)))

    def group(self, number):
        """The layout that is locked, as the desktop's switch does it."""
        mods = [xkb.xkb_state_serialize_mods(self.state, part) for part in (1, 2, 4)]
        xkb.xkb_state_update_mask(self.state, *mods, 0, 0, number)
        self.modifiers()

    def key(self, code, down):
        self.request(6, 1, struct.pack("<III", self.now(), code, int(down)))
        if xkb.xkb_state_update_key(self.state, code + EVDEV, int(down)):
            self.modifiers()

    def tap(self, *codes):
        """All held, then let go."""
        for code in codes:
            self.key(code, True)
        for code in reversed(codes):
            self.key(code, False)

    def type(self, text, group=0):
        """By characters, or with a list by keysyms' names."""
        for keysym in text:
            keysym = {"\n": "Return"}.get(keysym, keysym)
            code, shifted = self.keymap.code(keysym, group)
            self.tap(*([LEFTSHIFT] if shifted else []), code)
