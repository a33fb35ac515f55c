"""A guest's kernel for a share's server, as hostile as one likes: the monitor's side of vhost-user (QEMU's docs/interop/vhost-user.rst),
one request queue (virtio 1.2, 2.7 and 5.11), and FUSE requests (linux/fuse.h) that are sent as they are given."""
import mmap
import os
import select
import socket
import struct

MEMORY = 1 << 20
ADDRESS = 0x10000000  # of the monitor's process; the guest's begins at 0
QUEUE = 16  # descriptors
DESCRIPTORS, AVAILABLE, USED, READABLE, WRITABLE = 0, 0x1000, 0x2000, 0x10000, 0x40000
WRITABLE_SIZE = 0x20000
LOOKUP, FORGET, GETATTR, SETATTR, READLINK, SYMLINK, MKNOD, MKDIR, UNLINK, RENAME, LINK, OPEN, READ, WRITE = (
    1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 13, 14, 15, 16)
SETXATTR, INIT, CREATE = 21, 26, 35
ROOT = 1
ANSWER_SECONDS = 60


class Gone(Exception):
    """The server has ended, or does not answer."""


class Guest:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(ANSWER_SECONDS)
        self.socket.connect(path)
        memory = os.memfd_create("guest")
        os.ftruncate(memory, MEMORY)
        self.memory = mmap.mmap(memory, MEMORY)
        self.call_fds = [os.eventfd(0), os.eventfd(0)]
        self.kick_fds = [os.eventfd(0), os.eventfd(0)]
        self.sent = 0
        self.unique = 1
        self.ask(1)  # features
        self.tell(3)
        self.tell(2, struct.pack("<Q", 1 << 32 | 1 << 30))
        self.ask(15)
        self.tell(16, struct.pack("<Q", 0))
        self.tell(5, struct.pack("<IIQQQQ", 1, 0, 0, MEMORY, ADDRESS, 0), [memory])
        os.close(memory)
        for index in range(2):  # the first is for FORGET and the like, and stays empty
            at = ADDRESS + index * 0x4000
            self.tell(8, struct.pack("<II", index, QUEUE))
            self.tell(10, struct.pack("<II", index, 0))
            self.tell(9, struct.pack("<IIQQQQ", index, 0, at + DESCRIPTORS, at + USED, at + AVAILABLE, 0))
            self.tell(13, struct.pack("<Q", index), [self.call_fds[index]])
            self.tell(12, struct.pack("<Q", index), [self.kick_fds[index]])
            self.tell(18, struct.pack("<II", index, 1))
        self.ask(1)  # all that was told has been done: a queue that is not enabled yet forgets that it was kicked
        self.request(INIT, 0, struct.pack("<IIII", 7, 31, 0, 0))

    def close(self):
        self.socket.close()
        for fd in self.call_fds + self.kick_fds:
            os.close(fd)

    def tell(self, number, payload=b"", fds=()):
        socket.send_fds(self.socket, [struct.pack("<III", number, 1, len(payload)) + payload], fds)

    def ask(self, number):
        self.tell(number)
        answer = b""
        while len(answer) < 12 + 8:
            more = self.socket.recv(12 + 8 - len(answer))
            if not more:
                raise Gone
            answer += more
        return struct.unpack("<Q", answer[12:])[0]

    def raw(self, request):
        """Sends bytes as one request; returns the answer's."""
        base = 0x4000  # of the second queue
        if not 0 < len(request) <= WRITABLE - READABLE:
            raise ValueError
        self.memory[READABLE:READABLE + len(request)] = request
        self.memory[base + DESCRIPTORS:base + DESCRIPTORS + 32] = struct.pack(
            "<QIHHQIHH", READABLE, len(request), 1, 1, WRITABLE, WRITABLE_SIZE, 2, 0)
        struct.pack_into("<H", self.memory, base + AVAILABLE + 4 + 2 * (self.sent % QUEUE), 0)
        self.sent += 1
        struct.pack_into("<H", self.memory, base + AVAILABLE + 2, self.sent & 0xffff)
        os.eventfd_write(self.kick_fds[1], 1)
        while struct.unpack_from("<H", self.memory, base + USED + 2)[0] != self.sent & 0xffff:
            ready, _, _ = select.select([self.call_fds[1], self.socket], [], [], ANSWER_SECONDS)
            if not ready or self.socket in ready:
                raise Gone
            os.eventfd_read(self.call_fds[1])
        length = struct.unpack_from("<I", self.memory, base + USED + 4 + 8 * ((self.sent - 1) % QUEUE) + 4)[0]
        return self.memory[WRITABLE:WRITABLE + length]

    def request(self, opcode, node, payload=b"", uid=1000):
        """Returns (0 or an errno, what comes behind the header)."""
        self.unique += 2
        answer = self.raw(struct.pack("<IIQQIIIi", 40 + len(payload), opcode, self.unique, node, uid, uid, 1, 0) + payload)
        return -struct.unpack_from("<i", answer, 4)[0], answer[16:]

    # Each of these returns an errno and, where there is one, what it made or found.

    def lookup(self, node, name):
        error, data = self.request(LOOKUP, node, name + b"\0")
        if error:
            return error, None
        entry = struct.unpack_from("<Q", data)[0]
        inode, mode, uid = struct.unpack_from("<Q", data, 40)[0], struct.unpack_from("<I", data, 40 + 60)[0], \
            struct.unpack_from("<I", data, 40 + 68)[0]
        return 0, {"node": entry, "inode": inode, "mode": mode, "uid": uid}

    def open(self, node, flags=0):
        error, data = self.request(OPEN, node, struct.pack("<II", flags, 0))
        return error, None if error else struct.unpack_from("<Q", data)[0]

    def read(self, node, handle, length=4096):
        return self.request(READ, node, struct.pack("<QQIIQII", handle, 0, length, 0, 0, 0, 0))

    def write(self, node, handle, data):
        return self.request(WRITE, node, struct.pack("<QQIIQII", handle, 0, len(data), 0, 0, 0, 0) + data)[0]

    def create(self, node, name, mode, uid=1000):
        error, data = self.request(CREATE, node, struct.pack("<IIII", os.O_RDWR | os.O_CREAT, mode, 0, 0) + name + b"\0", uid)
        return error, None if error else (struct.unpack_from("<Q", data)[0], struct.unpack_from("<Q", data, 128)[0])

    def mknod(self, node, name, mode, device=0):
        return self.request(MKNOD, node, struct.pack("<IIII", mode, device, 0, 0) + name + b"\0", 0)[0]

    def mkdir(self, node, name, mode=0o755):
        return self.request(MKDIR, node, struct.pack("<II", mode, 0) + name + b"\0")[0]

    def symlink(self, node, name, target):
        return self.request(SYMLINK, node, name + b"\0" + target + b"\0")[0]

    def unlink(self, node, name):
        return self.request(UNLINK, node, name + b"\0")[0]

    def rename(self, node, name, to, new):
        return self.request(RENAME, node, struct.pack("<Q", to) + name + b"\0" + new + b"\0")[0]

    def link(self, target, node, name):
        return self.request(LINK, node, struct.pack("<Q", target) + name + b"\0")[0]

    def chmod(self, node, mode):
        return self.request(SETATTR, node, struct.pack("<IIQQQQQQIIIIIIII", 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, mode, 0, 0, 0, 0))[0]

    def setxattr(self, node, name, value):
        return self.request(SETXATTR, node, struct.pack("<II", len(value), 0) + name + b"\0" + value)[0]

    def alive(self):
        return self.request(GETATTR, ROOT, struct.pack("<IIQ", 0, 0, 0))[0] == 0
