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
        self.data = b""
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

    def has_event(self):
        return len(self.data) >= 8 and len(self.data) >= struct.unpack_from("<I", self.data, 4)[0] >> 16

    def take(self):
        thing, word = struct.unpack_from("<II", self.data)
        arguments, self.data = self.data[8:word >> 16], self.data[word >> 16:]
        return thing, word & 0xffff, arguments

    def event(self):
        """The next one, which is waited for: of which object, opcode, arguments."""
        while not self.has_event():
            more = self.wire.recv(65536)
            if not more:
                raise EOFError
            self.data += more
        return self.take()

    def events(self):
        """Those that have come, likewise; when there are none, after the socket's timeout."""
        try:
            self.data += self.wire.recv(65536)
        except socket.timeout:
            pass
        while self.has_event():
            yield self.take()

    def names(self):
        """Globals' names by interface, until the answer to sync."""
        names = {}
        while True:
            thing, _, arguments = self.event()
            if thing == 3:
                return names
            if thing == 2:
                name, length = struct.unpack_from("<II", arguments)
                names[arguments[8:8 + length - 1].decode()] = name


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
