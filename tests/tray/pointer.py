"""A connection to a Wayland compositor, spoken by hand, and a mouse for a headless one: wlr-virtual-pointer-unstable-v1."""

import socket
import struct
import time


class Connection:
    """wanted: (interface, version) of each global that is bound; their numbers begin with 4."""

    def __init__(self, path, *wanted, patience=120):
        self.wire = socket.socket(socket.AF_UNIX)
        self.wire.connect(path)
        self.wire.settimeout(patience)
        self.request(1, 1, struct.pack("<I", 2))  # wl_display.get_registry
        self.request(1, 0, struct.pack("<I", 3))  # wl_display.sync
        names = self.names()
        for number, (interface, version) in enumerate(wanted, 4):
            self.request(2, 0, struct.pack("<I", names[interface]) + self.string(interface) + struct.pack("<II", version, number))

    def request(self, thing, opcode, arguments=b""):
        self.wire.sendall(struct.pack("<II", thing, (len(arguments) + 8) << 16 | opcode) + arguments)

    @staticmethod
    def string(text):
        data = text.encode() + b"\0"
        return struct.pack("<I", len(data)) + data + b"\0" * (-len(data) % 4)

    @staticmethod
    def now():
        """Milliseconds; toolkits tell a click from the press that opened a menu by them."""
        return int(time.monotonic() * 1000) & 0xffffffff

    def names(self):
        """Globals' names by interface, until the answer to sync."""
        names, data = {}, b""
        while True:
            while len(data) < 8 or len(data) < struct.unpack_from("<I", data, 4)[0] >> 16:
                data += self.wire.recv(65536)
            thing, word = struct.unpack_from("<II", data)
            if thing == 3:
                return names
            if thing == 2:
                name, length = struct.unpack_from("<II", data, 8)
                names[data[16:16 + length - 1].decode()] = name
            data = data[word >> 16:]


class Pointer(Connection):
    LEFT, RIGHT = 0x110, 0x111

    def __init__(self, path, width, height):
        super().__init__(path, ("zwlr_virtual_pointer_manager_v1", 1))
        self.size = width, height
        self.request(4, 0, struct.pack("<II", 0, 5))  # create_virtual_pointer, on any seat

    def move(self, x, y):
        self.request(5, 1, struct.pack("<IIIII", self.now(), x, y, *self.size))
        self.request(5, 4)

    def press(self, button, down):
        self.request(5, 2, struct.pack("<III", self.now(), button, int(down)))
        self.request(5, 4)

    def click(self, place, button):
        self.move(*place)
        self.press(button, True)
        self.press(button, False)
