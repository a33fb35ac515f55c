"""What the clipboard of a Wayland desktop has: zwlr_data_control_unstable_v1, spoken by hand, as much of it as a test needs."""

import struct

from pointer import Connection


class Selections(Connection):
    """count: so often there was something in it, also before."""

    def __init__(self, path):
        super().__init__(path, ("wl_seat", 1), ("zwlr_data_control_manager_v1", 1))
        self.request(5, 1, struct.pack("<II", 6, 4))  # get_data_device
        self.count = 0
        self.wire.settimeout(0.02)

    def turn(self):
        for thing, opcode, body in self.events():
            self.count += (thing, opcode) == (6, 1) and struct.unpack("<I", body)[0] != 0
        return self.count
