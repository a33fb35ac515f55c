"""What changes on a headless compositor's screen, and when: wlr-screencopy-unstable-v1, spoken by hand. Each look waits for the next
frame with damage in a region, so nothing is asked in vain."""

import array
import mmap
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/tray")
from pointer import Connection  # noqa: E402


class Eye(Connection):
    """On one output's region, in logical coordinates."""

    def __init__(self, path, x, y, width, height):
        super().__init__(path, ("wl_shm", 1), ("zwlr_screencopy_manager_v1", 2), ("wl_output", 1))
        self.region = x, y, width, height
        self.free = 7
        self.buffer = None
        self.wanted = None

    def number(self):
        """The next object's: the compositor wants them without gaps. There are enough for each look to have its own."""
        self.free += 1
        return self.free - 1

    def buffer_make(self, form, width, height, stride):
        pool, self.buffer = self.number(), self.number()
        fd = os.memfd_create("eye")
        os.ftruncate(fd, stride * height)
        self.pixels = mmap.mmap(fd, stride * height)
        self.stride = stride
        self.wire.sendmsg([struct.pack("<IIII", 4, 16 << 16, pool, stride * height)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))])
        os.close(fd)
        self.request(pool, 0, struct.pack("<IiiiiI", self.buffer, 0, width, height, stride, form))

    def begin(self):
        """The next frame with damage is awaited, if none is; look() gives it."""
        if self.wanted is not None:
            return
        self.wanted = self.number()
        self.request(5, 1, struct.pack("<IiIiiii", self.wanted, 0, 6, *self.region))
        while True:
            thing, opcode, payload = self.event()
            if thing == self.wanted and opcode == 0:
                if not self.buffer:
                    self.buffer_make(*struct.unpack("<IIII", payload))
                break
        self.request(self.wanted, 2, struct.pack("<I", self.buffer))  # copy_with_damage

    def look(self, timeout=None):
        """Waits for it: the time when it was there; None when nothing changed until then."""
        self.begin()
        self.wire.settimeout(timeout)
        try:
            while True:
                thing, opcode, payload = self.event()
                if thing == 1 and opcode == 0:
                    raise AssertionError("screencopy: %r" % payload)
                if thing == self.wanted and opcode in (2, 3):  # ready, failed
                    now = time.monotonic()
                    self.request(self.wanted, 1)
                    self.wanted = None
                    return now
        except (TimeoutError, socket.timeout):
            return None
        finally:
            self.wire.settimeout(120)

    def settle(self, seconds=0.3):
        """Until nothing has changed for so long."""
        while self.look(seconds) is not None:
            pass
        self.begin()

    def pixel(self, x=0, y=0):
        """(r, g, b), of the last look."""
        at = y * self.stride + x * 4
        return self.pixels[at + 2], self.pixels[at + 1], self.pixels[at]

    def row(self, y=0):
        return self.pixels[y * self.stride:y * self.stride + self.region[2] * 4]
