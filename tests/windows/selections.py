"""What the clipboard of a Wayland desktop has: zwlr_data_control_unstable_v1, spoken by hand, as much of it as a test needs."""

import socket
import struct

from pointer import Connection


class Selections(Connection):
    """count: so often there was something in it, also before."""

    def __init__(self, path):
        super().__init__(path, ("wl_seat", 1), ("zwlr_data_control_manager_v1", 1))
        self.request(5, 1, struct.pack("<II", 6, 4))  # get_data_device
        self.data, self.count = b"", 0
        self.wire.settimeout(0.02)

    def turn(self):
        try:
            self.data += self.wire.recv(65536)
        except socket.timeout:
            pass
        while len(self.data) >= 8 and len(self.data) >= struct.unpack_from("<I", self.data, 4)[0] >> 16:
            thing, word = struct.unpack_from("<II", self.data)
            self.count += (thing, word & 0xffff) == (6, 1) and struct.unpack_from("<I", self.data, 8)[0] != 0
            self.data = self.data[word >> 16:]
        return self.count
