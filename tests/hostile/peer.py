"""The other end of vmsilo's protocol, for tests that break its rules. Written from proto/PROTOCOL.md, and from nothing
else: what the page does not say, this cannot speak."""

import os
import select
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")
from wire import field, fields, frame, message, varint  # noqa: E402,F401

HELLO, REJECT = 1, 2
GRANT, SHUTDOWN, SHUTDOWN_ACK, ACTIVITY, REPORT, REPORT_WANTED, CLOCK, IDLE = range(16, 24)
USB_ATTACH, USB_DETACH, USB_ATTACHED, USB_DETACHED = range(24, 28)
LOG = 30
OPEN, OPENED, FAILED, DATA, END, CREDIT, STOP, SIGNAL, WINDOW, STATUS, PROBE = range(32, 43)
START, STOP_VM, SESSION, LIST, EVENTS, CONSOLE, RELOAD, LOGS = range(64, 72)
INHIBIT, WHY, MEMORY, REASONS, MEMORY_LIST = 72, 73, 74, 86, 87
NETWORK, NETWORKS, NETWORK_LIST = 31, 96, 97
PROGRESS, GRANTED, DONE, FAILURE, VM_LIST, EVENT = range(80, 86)
DESCRIPTOR, RELOADED = 89, 90
USB_LIST, USB_LEND, USB_RETURN, USB_DEVICES = 75, 76, 77, 88
PAUSE_VM, RESUME_VM = 78, 79

LIMITS = {
    HELLO: 1024, REJECT: 4096, GRANT: 256, SHUTDOWN: 256, SHUTDOWN_ACK: 256, ACTIVITY: 256, REPORT: 256, REPORT_WANTED: 256, CLOCK: 256, IDLE: 256, LOG: 4096, OPEN: 256 * 1024,
    OPENED: 256, FAILED: 4096, DATA: 65536, END: 0, CREDIT: 256, STOP: 0, SIGNAL: 256, WINDOW: 256, STATUS: 256, PROBE: 0,
    START: 256, STOP_VM: 256, PAUSE_VM: 256, RESUME_VM: 256, SESSION: 256, LIST: 256, PROGRESS: 256, GRANTED: 4096, DONE: 4096, FAILURE: 32768,
    VM_LIST: 1 << 20, INHIBIT: 4096, WHY: 256, REASONS: 32768, MEMORY: 256,
    NETWORK: 8192, NETWORKS: 256, NETWORK_LIST: 1 << 20, MEMORY_LIST: 1 << 20,
    EVENTS: 256, CONSOLE: 256, RELOAD: 256, LOGS: 256, EVENT: 4096, DESCRIPTOR: 4096, RELOADED: 1 << 20,
    USB_ATTACH: 256, USB_DETACH: 256, USB_ATTACHED: 4096, USB_DETACHED: 256,
    USB_LIST: 256, USB_LEND: 256, USB_RETURN: 256, USB_DEVICES: 1 << 20,
}
NAMES = {value: name for name, value in list(globals().items()) if isinstance(value, int) and name.isupper()}
UNKNOWN = [0, 3, 15, 29, 31, 43, 63, 91, 95, 255, 256, 65535]
STREAMED = {DATA, END, CREDIT, STOP}
WINDOW_SIZE = 256 * 1024
# What is waited for comes as fast as the machine lets it; this is for what never comes.
PATIENCE_S = 120
# Bytes that are no protobuf message: a length beyond the end, a wire type that does not exist, a varint without end.
GARBAGE = [b"\x0a\x7fx", b"\x0f", b"\xff" * 12]


def hello(low=1, high=1, features=0, token=None):
    fields = [(1, low), (2, high), (3, features), (4, "hostile 1")]
    return frame(HELLO, message(*fields, *([(5, token)] if token is not None else [])))


def open_frame(*argv, env=(), fields=()):
    return frame(OPEN, message(*[(1, word) for word in argv], *[(2, word) for word in env], *fields))


class Ended(Exception):
    pass


class Stream:
    """A connected socket that frames are read from, one by one."""

    def __init__(self, sock):
        self.sock = sock
        self.sock.settimeout(PATIENCE_S)
        self.buffer = b""
        self.fds = []

    def send(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has ended: reading tells

    def need(self, count):
        while len(self.buffer) < count:
            try:
                data, fds, _, _ = socket.recv_fds(self.sock, 65536, 4)
            except ConnectionResetError:
                raise Ended from None
            self.fds += fds
            if not data:
                raise Ended
            self.buffer += data

    def read(self):
        self.need(8)
        length, kind, stream = struct.unpack("<IHH", self.buffer[:8])
        self.need(8 + length)
        payload, self.buffer = self.buffer[8 : 8 + length], self.buffer[8 + length :]
        return kind, stream, payload

    def expect(self, kind):
        while True:
            got, _, payload = self.read()
            if got == kind:
                return payload

    def ends(self):
        """All frames until its end; socket.timeout when it does not end."""
        frames = []
        try:
            while True:
                frames.append(self.read())
        except Ended:
            return frames

    def close(self):
        self.sock.close()
        for fd in self.fds:
            os.close(fd)


def connect(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(PATIENCE_S)

    def connected():
        try:
            sock.connect(path)
            return True
        except ConnectionRefusedError:
            return False  # bound, and not listened at yet

    if not eventually(connected):
        sock.connect(path)
    return sock


def listen(path):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(path)
    sock.listen(64)
    sock.settimeout(PATIENCE_S)
    return sock


def fd_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def eventually(condition, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class Suite:
    def __init__(self):
        self.work = tempfile.mkdtemp(prefix="vmsilo-hostile-")
        self.passed = 0
        self.failed = 0

    def check(self, name, good, text=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name} {text}")

    def ended(self, name, stream, forbidden=(STATUS,)):
        """The stream ends by itself, and without one of these."""
        try:
            frames = stream.ends()
            bad = [NAMES[kind] for kind, _, _ in frames if kind in forbidden]
            self.check(name, not bad, f"it said {bad}")
        except socket.timeout:
            self.check(name, False, "the stream goes on")
        stream.close()

    def report(self):
        """What a sanitizer had to say in the program's log; also when the suite itself ends early."""
        with open(f"{self.work}/log", errors="replace") as file:
            text = file.read()
        for word in ("ERROR: ", "runtime error"):
            if word in text:
                self.check("sanitizers", False, text[text.index(word) - 80 :])
                return

    def finish(self):
        shutil.rmtree(self.work, ignore_errors=True)
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)
