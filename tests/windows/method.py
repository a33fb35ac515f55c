"""An input method for a compositor: zwp_input_method_v2, spoken by hand, as much of it as a test needs."""

import struct

from bed import PATIENCE_S
from pointer import Connection


class InputMethod(Connection):
    def __init__(self, path):
        super().__init__(path, ("wl_seat", 1), ("zwp_input_method_manager_v2", 1), patience=PATIENCE_S)
        self.request(5, 0, struct.pack("<II", 4, 6))
        self.active, self.done, self.surrounding, self.purpose = False, 0, None, None
        self.wire.settimeout(0.05)

    def turn(self):
        for thing, opcode, body in self.events():
            if thing == 6:
                self.note(opcode, body)

    def note(self, event, body):
        if event in (0, 1):
            self.active = event == 0
        elif event == 2:
            length = struct.unpack_from("<I", body)[0]
            self.surrounding = body[4:4 + length - 1].decode()
        elif event == 4:
            self.purpose = struct.unpack("<II", body)[1]
        elif event == 5:
            self.done += 1

    def say(self, preedit="", commit="", before=0):
        if commit:
            self.request(6, 0, self.string(commit))
        self.request(6, 1, self.string(preedit) + struct.pack("<ii", len(preedit.encode()), len(preedit.encode())))
        if before:
            self.request(6, 2, struct.pack("<II", before, 0))
        self.request(6, 3, struct.pack("<I", self.done))
