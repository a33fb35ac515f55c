"""A world for vmsilo-net, in namespaces of its own: a host with one uplink, an internet behind it, and guests that are network
namespaces whose only interface is joined to a TAP that vmsilo-net made. Nothing leaves it.

    guest a --- TAP u-a | vmsilo-net's namespace | pasta or vmsilo0 --- host 198.51.100.2 --- internet 198.51.100.1
"""

import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time
from fcntl import ioctl

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")
from wire import field, fields, frame  # noqa: E402

NET_SET, NET_TAP, NET_REMOVE, NET_COUNT, NET_DONE, NET_TAP_MADE, NET_COUNTS, NET_KNOCK, NET_REFUSED = 144, 145, 146, 147, 152, 153, 154, 155, 156
TCP, UDP = 1, 2
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x400454CA, 2, 0x1000, 0x4000
INTERNET4, INTERNET6, HOST4, HOST6 = "198.51.100.1", "2001:db8::1", "198.51.100.2", "2001:db8::2"
# Seconds, for what comes as fast as the machine lets it; what is to stay silent has less.
PATIENCE = 30
libc = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def enter_world():
    """Begins the test anew, in namespaces that end with it, whatever becomes of it."""
    if os.getpid() != 1:
        os.execvp("unshare", ["unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "--kill-child",
                              sys.executable, *sys.argv])
    run("mount -t tmpfs none /mnt && mkdir /mnt/net && mknod -m 666 /mnt/net/tun c 10 200 && chmod 666 /mnt/net/tun && "
        "mount --bind /mnt/net /dev/net && ip link set lo up")


def run(command, check=True):
    return subprocess.run(["sh", "-c", command], check=check, capture_output=True, text=True).stdout


def others_close(*kept):
    """In a child that was forked: what the parent has open besides, a TAP or a socket to vmsilo-net, would outlive its end there."""
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2 and fd not in kept:
            try:
                os.close(fd)
            except OSError:
                pass  # the listing's own


class Namespace:
    """A network namespace, which a process of ours holds."""

    def __init__(self):
        read, write = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            others_close(write)
            checked(libc.unshare(CLONE_NEWNET))
            os.write(write, b".")
            signal.pause()
            os._exit(0)
        os.read(read, 1)
        os.close(read)
        os.close(write)
        self.fd = os.open(f"/proc/{self.pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.children = []

    def call(self, function, *arguments):
        """In a process of its own; what it returns, a string."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                checked(libc.setns(self.fd, CLONE_NEWNET))
                os.write(write, str(function(*arguments)).encode())
            except BaseException as error:  # the child must not run on
                os.write(write, f"error: {error!r}".encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        os.waitpid(pid, 0)
        return text

    def run(self, command):
        return self.call(run, command)

    def serve(self, function, *arguments):
        """Runs until the end of this namespace; returns when it is ready."""
        read, write = os.pipe()
        pid = os.fork()
        if pid == 0:
            if function is serve:
                others_close(write, self.fd)
            checked(libc.setns(self.fd, CLONE_NEWNET))
            function(lambda: os.write(write, b"."), *arguments)
            os._exit(0)
        os.close(write)
        assert os.read(read, 1) == b".", f"{function} does not serve"
        os.close(read)
        self.children.append(pid)

    def close(self):
        for pid in self.children + [self.pid]:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(self.fd)


def serve(ready, tcp, udp):
    """Each of the TCP ports greets, each of the UDP ports echoes with the sender's address before it."""
    poll = select.poll()
    sockets = {}
    for kind, address, port in [(socket.SOCK_STREAM, *each) for each in tcp] + [(socket.SOCK_DGRAM, *each) for each in udp]:
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        if kind == socket.SOCK_STREAM:
            sock.listen(16)
        sockets[sock.fileno()] = sock
        poll.register(sock, select.POLLIN)
    ready()
    while True:
        for fd, _ in poll.poll():
            sock = sockets[fd]
            if sock.type == socket.SOCK_STREAM:
                peer, address = sock.accept()
                text = address[0].encode()
                # RFC 1035, 4.2.2: a message of DNS has its length before it.
                peer.send(struct.pack("!H", len(text)) + text if sock.getsockname()[1] == 53 else text)
                peer.close()
            else:
                data, address = sock.recvfrom(2048)
                sock.sendto(address[0].encode() + b" " + data, address)


def try_tcp(address, port, timeout=PATIENCE):
    try:
        with socket.create_connection((address, port), timeout) as sock:
            return "reached" if sock.recv(64) else "empty"
    except ConnectionRefusedError:
        return "closed"
    except TimeoutError:
        return "silent"
    except OSError as error:
        return "refused" if error.errno in (113, 101, 13) else f"error {error.errno}"


def try_udp(address, port, timeout=1):
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        try:
            sock.connect((address, port))
            sock.send(b"hello")
            return "reached" if sock.recv(64) else "empty"
        except TimeoutError:
            return "silent"
        except OSError as error:
            return "refused" if error.errno in (113, 101, 13) else "closed" if error.errno == 111 else f"error {error.errno}"


def ask_udp(address, port, timeout=PATIENCE):
    """What the server says of who asks."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(timeout)
        sock.connect((address, port))
        sock.send(b"hello")
        return sock.recv(64).decode()


# ---- the broker's end ----


def packed(address):
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


class Vm:
    def __init__(self, name, number, netvm="", is_netvm=False, deny=False, rules=(), host_ports=(), publish=()):
        """rules: (prefix or name, protocol, [(first, last)]); host_ports: (protocol, port); publish: (protocol, address, port, guest's port)"""
        self.name, self.netvm, self.is_netvm, self.deny, self.rules, self.host_ports, self.publish = \
            name, netvm, is_netvm, deny, rules, host_ports, publish
        self.offline, self.mtu = False, 0
        self.up, self.down = Side(2 * number), Side(2 * number + 1)

    def message(self):
        out = field(1, self.name) + field(2, self.up.message()) + field(3, self.netvm) + field(5, int(self.deny))
        if self.is_netvm:
            out += field(4, self.down.message())
        for prefix, protocol, ports in self.rules:
            address, length = prefix.split("/") if "/" in prefix else ("", "0")
            name = field(5, prefix) if prefix and not address else b""
            out += field(6, (field(1, packed(address)) if address else name) + field(2, int(length)) + field(3, protocol) +
                         b"".join(field(4, field(1, first) + field(2, last)) for first, last in ports))
        for protocol, port in self.host_ports:
            out += field(7, field(1, protocol) + field(2, port))
        out += field(8, int(self.offline)) + field(10, self.mtu)
        for protocol, address, port, target in self.publish:
            out += field(9, field(1, protocol) + field(2, packed(address)) + field(3, port) + field(4, target))
        return out


class Side:
    def __init__(self, number):
        self.mac = bytes([2, 0, 0, 0, 0, number])
        self.guest4, self.gateway4 = f"10.200.0.{2 * number + 1}", f"10.200.0.{2 * number}"
        self.guest6, self.gateway6 = f"fd00:200::{2 * number + 1:x}", f"fd00:200::{2 * number:x}"

    def message(self):
        return field(1, self.mac) + field(2, packed(self.guest4)) + field(3, packed(self.gateway4)) + \
            field(4, packed(self.guest6)) + field(5, packed(self.gateway6))


class Net:
    """vmsilo-net, as a broker of that user has it."""

    def __init__(self, program, work, user, arguments):
        self.path, self.user = f"{work}/net.socket", user
        if os.path.exists(self.path):
            os.unlink(self.path)
        os.seteuid(user)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listening.bind(self.path)
        listening.listen(8)
        os.seteuid(0)
        listening.setblocking(False)
        self.process = subprocess.Popen([program, "--listen-fd", str(listening.fileno())] + arguments,
                                        # The leak checker wants /proc, which its namespace has not.
                                        env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"},
                                        pass_fds=[listening.fileno()], user=user, group=user, extra_groups=[])
        listening.close()
        self.connect()

    def connect(self):
        self.knocks, self.refused = [], []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.socket.settimeout(4 * PATIENCE)
        os.seteuid(self.user)
        self.socket.connect(self.path)
        os.seteuid(0)

    def ask(self, kind, message=b""):
        self.socket.send(frame(kind, message))
        while True:
            answer = self.receive()
            if answer[0] == NET_KNOCK:
                self.knocks.append(answer[1][1][0].decode())
            elif answer[0] == NET_REFUSED:
                told = answer[1]
                family = socket.AF_INET if len(told[3][0]) == 4 else socket.AF_INET6
                self.refused.append((told[1][0].decode(), told[2][0], socket.inet_ntop(family, told[3][0]), told.get(4, [0])[0]))
            else:
                return answer

    def receive(self):
        data, fds, _, _ = socket.recv_fds(self.socket, 70000, 1)
        assert len(data) >= 8, "vmsilo-net ended the connection"
        length, kind, _ = struct.unpack("<IHH", data[:8])
        assert length == len(data) - 8
        return kind, fields(data[8:]), fds

    def knocked(self):
        """Who was asked for, since this was called last."""
        self.ask(NET_COUNT)
        knocks, self.knocks = self.knocks, []
        return knocks

    def done(self, kind, message):
        answer, found, _ = self.ask(kind, message)
        assert answer == NET_DONE, answer
        return found.get(2, [b""])[0].decode()

    def set(self, vm):
        return self.done(NET_SET, vm.message())

    def remove(self, vm):
        return self.done(NET_REMOVE, field(1, vm.name))

    def tap(self, vm, down=False):
        answer, found, fds = self.ask(NET_TAP, field(1, vm.name) + field(2, int(down)))
        assert answer == NET_TAP_MADE and len(fds) == 1, found
        return fds[0]

    def counts(self):
        """{VM: {sent, received, refused, spoofed}}: packets"""
        _, found, _ = self.ask(NET_COUNT)
        out = {}
        for entry in found.get(1, []):
            counts = fields(entry)
            out[counts[1][0].decode()] = {name: counts.get(number, [0])[0] for name, number in
                                          (("sent", 2), ("received", 4), ("refused", 6), ("spoofed", 7))}
        return out

    def end(self, number=signal.SIGTERM):
        self.socket.close()
        self.process.send_signal(number)
        return self.process.wait(timeout=4 * PATIENCE)


# ---- the guest's end ----


def tap_make(name, flags=IFF_TAP | IFF_NO_PI | IFF_VNET_HDR):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    return fd


def pump(ready, name, tap):
    """Moves packets between the interface here and a TAP, both ways."""
    own = tap_make(name)
    run(f"ip link set {name} up")
    ready()
    pairs = {own: tap, tap: own}
    poll = select.poll()
    for fd in pairs:
        os.set_blocking(fd, False)
        poll.register(fd, select.POLLIN)
    while True:
        for fd, events in poll.poll():
            try:
                if events & ~select.POLLIN:
                    return
                os.write(pairs[fd], os.read(fd, 70000))
            except OSError:
                pass


class Guest(Namespace):
    """A machine with one card for each (name, side, tap); the first leads out."""

    def __init__(self, cards):
        super().__init__()
        self.run("ip link set lo up")
        for name, side, tap in cards:
            self.serve(pump, name, tap)
            os.close(tap)
            mac = ":".join(f"{byte:02x}" for byte in side.mac)
            self.run(f"ip link set {name} down && ip link set {name} address {mac} && ip link set {name} up && "
                     f"ip addr add {side.guest4}/31 dev {name} && ip -6 addr add {side.guest6}/127 dev {name} nodad")
        first = cards[0]
        self.run(f"ip route add default via {first[1].gateway4} && ip -6 route add default via {first[1].gateway6}")


class World:
    def __init__(self):
        enter_world()
        self.internet = Namespace()
        run(f"ip link add uplink type veth peer name eth0 netns {self.internet.pid} && ip addr add {HOST4}/24 dev uplink && "
            f"ip -6 addr add {HOST6}/64 dev uplink nodad && ip link set uplink up")
        self.internet.run(f"ip link set lo up && ip addr add {INTERNET4}/24 dev eth0 && "
                          f"ip -6 addr add {INTERNET6}/64 dev eth0 nodad && ip link set eth0 up")
        run(f"ip route add default via {INTERNET4} && ip -6 route add default via {INTERNET6}")
        ports = [(INTERNET4, 53), (INTERNET4, 8001), (INTERNET4, 8002), (INTERNET6, 8001), (INTERNET6, 8002)]
        self.internet.serve(serve, ports, ports)
        run("touch /mnt/resolv.conf && mount --bind /mnt/resolv.conf /etc/resolv.conf")
        self.resolve_by("127.0.0.53")
        self.host = Namespace.__new__(Namespace)
        self.host.fd, self.host.children = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC), []
        own = [("0.0.0.0", 8080), ("::", 8080), ("0.0.0.0", 8081), ("127.0.0.53", 53)]
        self.host.serve(serve, own, own)

    def resolve_by(self, *addresses):
        with open("/mnt/resolv.conf", "w", encoding="ascii") as file:
            file.write("# of a test\nsearch example.org\n" + "".join(f"nameserver {address}\n" for address in addresses))

    def close(self):
        self.internet.close()
        for pid in self.host.children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


failures = 0


def check(name, good, text=""):
    global failures
    if not good:
        failures += 1
        print(f"FAILED {name}: {text}", flush=True)


def wait_for(what, function, seconds=2 * PATIENCE):
    """seconds: a bound that users are promised is for a machine that has time. On another each look takes its part of it, so there are ten a
    second at least."""
    end, looks = time.monotonic() + seconds, 0
    while time.monotonic() < end or looks < 10 * seconds:
        if function():
            return True
        looks += 1
        time.sleep(0.05)
    check(what, False, "it did not happen")
    return False


def finish():
    print("failed" if failures else "passed")
    sys.exit(1 if failures else 0)
