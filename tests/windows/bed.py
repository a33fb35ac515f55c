"""A desktop without a screen for tests of windows: a compositor, what it shows and what it says of its windows, a pointer and a
keyboard for it; vmsilo-windows-view on it; and a Debian 13 beside it for the guest's end and its programs."""

import atexit
import glob
import io
import json
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import traceback

from PIL import Image, ImageChops

here = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.dirname(here) + "/tray")
sys.path.insert(0, os.path.dirname(here) + "/hostile")
from ends import Guest, Host  # noqa: E402
from keys import Keyboard, Keymap  # noqa: E402
from pointer import Pointer  # noqa: E402

RED, COLOUR = (0xcc, 0x00, 0x00), "cc0000"
GREEN, BLUE, YELLOW, CYAN, BLACK, GREY = (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (0, 0, 0), (0x20, 0x20, 0x20)
# For what never comes: the rest comes as fast as the machine lets it.
PATIENCE_S = int(os.environ.get("VMSILO_TEST_PATIENCE", "90"))
LEFT, RIGHT, MIDDLE = 0x110, 0x111, 0x112
# With the address sanitizer a process keeps what it has freed, and takes several times the time: bounds of memory and of the processor's
# time say nothing then, and the compositor may end a view that reads too slowly.
with open(os.path.join(sys.argv[1], "bin/vmsilo-menu") if len(sys.argv) > 1 else os.devnull, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()


def argb(colour):
    return 0xff000000 | colour[0] << 16 | colour[1] << 8 | colour[2]


def wait_for(condition, what, seconds=None):
    seconds = seconds or PATIENCE_S
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError("not within %d s: %s" % (seconds, what))
        time.sleep(0.02)


def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError("%s: %r, not %r" % (what, got, wanted))


# ---- pictures ----

def mask(image, colour):
    parts = ImageChops.difference(image, Image.new("RGB", image.size, colour)).split()
    return ImageChops.lighter(ImageChops.lighter(*parts[:2]), parts[2]).point(lambda value: 255 if value == 0 else 0)


def find(image, colour):
    """The least box (left, top, right, bottom) with all pixels of exactly this colour; None."""
    return mask(image, colour).getbbox()


def count(image, colour):
    return mask(image, colour).histogram()[255]


def is_all(image, colour, box):
    """The box shows nothing else."""
    return count(image.crop(box), colour) == (box[2] - box[0]) * (box[3] - box[1])


def size(box):
    return box[2] - box[0], box[3] - box[1]


def at_rest(*pids):
    """Whether each sleeps: what it was sent before it has dealt with, since being sent something makes it run."""
    for pid in pids:
        with open("/proc/%d/stat" % pid) as file:
            if file.read().rsplit(")", 1)[1].split()[0] != "S":
                return False
    return True


class Bed:
    """Folders, processes and the log of one test. What runs on it as the user runs as nobody where the test is root: sway would not
    start otherwise."""

    last = None

    def __init__(self, build):
        Bed.last = self
        self.build = build
        self.folder = tempfile.mkdtemp(prefix="vmsilo-windows-")
        os.chmod(self.folder, 0o777)
        self.shared = self.folder + "/shared"
        os.mkdir(self.shared)
        os.chmod(self.shared, 0o777)
        self.runtime = self.shared + "/run"  # there, so that programs of the tree can be started on the desktop, too
        os.mkdir(self.runtime)
        self.is_root = os.getuid() == 0
        if self.is_root:
            os.chown(self.runtime, 65534, 65534)
        os.chmod(self.runtime, 0o700)
        self.processes = []
        self.ended = False
        atexit.register(self.left)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        self.log = open(self.folder + "/log", "w+")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("DBUS_", "XDG_", "WAYLAND_", "DISPLAY"))}
        self.environment.update(HOME=self.folder, XDG_RUNTIME_DIR=self.runtime, NO_AT_BRIDGE="1", LC_ALL="C.UTF-8",
                                ASAN_OPTIONS="detect_leaks=0")

    def as_user(self):
        """Whoever kills the test kills its processes."""
        return ["setpriv", "--pdeathsig=KILL", *(["--reuid=65534", "--regid=65534", "--clear-groups"] if self.is_root else [])]

    def start(self, *arguments, pass_fds=(), **environment):
        return self.spawn([*self.as_user(), *arguments], env=dict(self.environment, **environment), pass_fds=pass_fds)

    def spawn(self, arguments, **options):
        process = subprocess.Popen(arguments, **dict(dict(stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL), **options))
        self.processes.append(process)
        return process

    def call(self, *arguments, text=True, **environment):
        return subprocess.run([*self.as_user(), *arguments], env=dict(self.environment, **environment), check=True, timeout=PATIENCE_S,
                              stdout=subprocess.PIPE, stderr=self.log, text=text).stdout

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        code = process.wait(PATIENCE_S)
        self.processes.remove(process)
        return code

    def write(self, name, text):
        with open(self.folder + "/" + name, "w") as file:
            file.write(text)
        return self.folder + "/" + name

    def logged(self):
        self.log.flush()
        with open(self.folder + "/log", errors="replace") as file:
            return file.read()

    def left(self):
        """A test that fails before it has all that it needs leaves nothing, and says what was logged."""
        if not self.ended:
            self.end(True)

    def end(self, failed):
        self.ended = True
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        text = self.logged()
        if failed:
            sys.stderr.write(text[-20000:])
        shutil.rmtree(self.folder, ignore_errors=True)
        return text

    def view(self, desk, path, *more, vm="untrusted", colour=COLOUR, pass_fds=()):
        return self.start(self.build + "/bin/vmsilo-windows-view", "--connect", path, "--vm", vm, "--colour", colour, *more,
                          pass_fds=pass_fds, **desk.environment)


# ---- compositors ----

class Sway:
    """Headless. outputs: (width, height, x, y, scale) each, in a layout that has logical coordinates. inside: an Inside, for it to run in."""

    def __init__(self, bed, outputs=((1280, 720, 0, 0, 1),), config="", keymap=None, inside=None, **environment):
        self.bed = bed
        text = "xwayland disable\nseat seat0 fallback true\nseat seat0 hide_cursor 0\nfocus_follows_mouse no\nmouse_warping none\n" + config
        for number, (width, height, x, y, scale) in enumerate(outputs, 1):
            text += "output HEADLESS-%d resolution %dx%d position %d %d scale %s bg #202020 solid_color\n" % (number, width, height, x, y, scale)
        self.environment = dict(WLR_BACKENDS="headless", WLR_LIBINPUT_NO_DEVICES="1", WLR_RENDERER="pixman", GDK_BACKEND="wayland",
                                WLR_HEADLESS_OUTPUTS=str(len(outputs)), **environment)
        before = set(os.listdir(bed.runtime))
        with open(bed.shared + "/sway.conf", "w") as file:
            file.write(text)
        self.process = (inside or bed).start("sway", "-c", ("/shared" if inside else bed.shared) + "/sway.conf", **self.environment)

        def socket_named(begin):
            return [n for n in os.listdir(bed.runtime) if n.startswith(begin) and not n.endswith(".lock") and n not in before]

        display = wait_for(lambda: socket_named("wayland-"), "sway's socket")[0]
        ipc = wait_for(lambda: socket_named("sway-ipc"), "sway's other socket")[0]
        self.path = bed.runtime + "/" + display
        self.environment.update(WAYLAND_DISPLAY=display, SWAYSOCK=bed.runtime + "/" + ipc)
        wait_for(lambda: self.has_outputs(len(outputs)), "its outputs")
        logical = [(x, y, x + width / scale, y + height / scale) for width, height, x, y, scale in outputs]
        self.origin = min(box[0] for box in logical), min(box[1] for box in logical)
        self.extent = [int(max(box[2 + axis] for box in logical) - self.origin[axis]) for axis in (0, 1)]
        self.pointer = Pointer(self.path, *self.extent)
        self.keymap = keymap or Keymap()
        self.keyboard = Keyboard(self.path, self.keymap)
        self.move(*(side - 1 for side in self.extent))

    def has_outputs(self, number):
        try:
            return len(json.loads(self.bed.call("swaymsg", "-rt", "get_outputs", **self.environment))) == number
        except (subprocess.CalledProcessError, ValueError):
            return False  # its socket is bound before it is listened at

    def command(self, *words):
        return self.bed.call("swaymsg", "-r", "--", *words, **self.environment)

    def shoot(self, output=None):
        """The picture of all outputs, or of one, in its own pixels."""
        which = ["-o", output] if output else []
        return Image.open(io.BytesIO(self.bed.call("grim", *which, "-t", "ppm", "-", text=False, **self.environment))).convert("RGB")

    def tree(self):
        return json.loads(self.bed.call("swaymsg", "-rt", "get_tree", **self.environment))

    def windows(self):
        """Its leaves: title, app_id, rect, and so on, as sway names them."""
        found = []

        def walk(node):
            if node.get("shell") and not node["nodes"]:
                found.append(node)
            for child in node["nodes"] + node["floating_nodes"]:
                walk(child)

        walk(self.tree())
        return found

    def window(self, title):
        """The one window whose title has this."""
        return next((window for window in self.windows() if title in (window["name"] or "")), None)

    def content(self, title):
        """Where its client draws: (x, y, width, height)."""
        window = self.window(title)
        outer, inner = window["rect"], window["window_rect"]
        return outer["x"] + inner["x"], outer["y"] + inner["y"], inner["width"], inner["height"]

    def move(self, x, y):
        self.pointer.move(int(x - self.origin[0]), int(y - self.origin[1]))

    def press(self, button=LEFT, down=True):
        self.pointer.press(button, down)

    def click(self, x, y, button=LEFT):
        self.move(x, y)
        self.pointer.press(button, True)
        self.pointer.press(button, False)

    def until(self, condition, what, output=None, seconds=None):
        """Screenshots until condition(image) gives something true, which it returns. The last stays in /tmp's folder of the test, if
        VMSILO_TEST_KEEP names a place for it."""
        seconds = seconds or PATIENCE_S
        end = time.monotonic() + seconds
        while True:
            image = self.shoot(output)
            value = condition(image)
            if value:
                return value
            if time.monotonic() > end:
                keep = os.environ.get("VMSILO_TEST_KEEP")
                if keep:
                    image.save("%s/%s.png" % (keep, re.sub(r"\W+", "-", what)[:60]))
                raise AssertionError("not within %d s on the screen: %s" % (seconds, what))
            time.sleep(0.03)

    def finish(self):
        self.bed.stop(self.process)


# ---- the guest's end ----

def family(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            for name in os.listdir("/proc/%d/task" % one):
                with open("/proc/%d/task/%s/children" % (one, name)) as file:
                    found += map(int, file.read().split())
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


class Tree:
    """The guest's end and its programs: in the Debian 13 tree, without any network, or on this machine where it has wlroots 0.18 itself.
    They meet the host's end by a socket in the bed's folder."""

    ENVIRONMENT = ["LANG=C.UTF-8", "NO_AT_BRIDGE=1", "GSK_RENDERER=cairo", "LIBGL_ALWAYS_SOFTWARE=1",
                   "ASAN_OPTIONS=detect_leaks=0", "QT_QPA_PLATFORM=wayland;xcb", "_JAVA_AWT_WM_NONREPARENTING=1",
                   "GTK_THEME=Adwaita", "XCURSOR_THEME=Adwaita"]

    def __init__(self, bed, which="small", *more, pass_fds=(), environment=()):
        self.bed = bed
        self.path = bed.shared + "/guest.socket"
        self.own = os.path.exists(bed.build + "/bin/vmsilo-guest-windows")
        if not self.own and not bed.is_root:
            print("not run: windows need root, to enter a Debian 13")
            bed.end(False)
            sys.exit(77)
        self.enter = [] if self.own else self.tree_start(which)
        self.socket = self.path if self.own else "/shared/guest.socket"
        program = bed.build + "/bin/vmsilo-guest-windows" if self.own else "/guest/build/bin/vmsilo-guest-windows"
        ready_read, ready_write = os.pipe()
        self.server = self.start(program, "--listen", self.socket, "--display", "vmsilo-0", "--ready-fd", str(ready_write), *more,
                                 pass_fds=[ready_write, *pass_fds], environment=environment)
        os.close(ready_write)
        self.display = self.read_ready(ready_read)
        wait_for(lambda: os.path.exists(self.path), "its socket")
        os.chmod(self.path, 0o777)

    def read_ready(self, fd):
        """Its lines, up to the last: nsenter above it keeps the pipe open as well."""
        lines = b""
        while not re.search(rb"^XCURSOR_SIZE=.*\n", lines, re.M):
            if not select.select([fd], [], [], PATIENCE_S)[0]:
                raise AssertionError("vmsilo-guest-windows is not ready: %r" % lines)
            data = os.read(fd, 4096)
            if not data:
                raise AssertionError("vmsilo-guest-windows ended: %r" % lines)
            lines += data
        os.close(fd)
        return dict(line.split("=", 1) for line in lines.decode().splitlines())

    def tree_start(self, which, network=False):
        layers = subprocess.run([here + "/tree", which], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        os.makedirs(self.bed.build + "/windows-guest", exist_ok=True)
        environment = dict(os.environ, VMSILO_ENTER_BINDS="%s:/shared %s/windows-guest:/guest" % (self.bed.shared, self.bed.build))
        # The namespaces' first process, which takes in what others leave, and ends with this one.
        apart = [] if network else ["unshare", "--net"]
        self.first = self.bed.spawn([*apart, here + "/enter-tree", layers, "bash", "-c", "echo ready; while read -r _; do :; done"],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
        equal("the tree's first process", self.first.stdout.readline(), b"ready\n")
        inner = self.first.pid
        for _ in range(2):  # enter-tree becomes enter, which becomes unshare, whose child is the first process
            with open("/proc/%d/task/%d/children" % (inner, inner)) as file:
                children = file.read().split()
            inner = int(children[0]) if children else inner
        self.inner = inner
        return ["nsenter", "--target", str(inner), "--mount", "--pid", "--ipc", "--uts", *([] if network else ["--net"])]

    def start(self, *arguments, on=None, environment=(), **options):
        """A program of the guest; with a desk, one that the user runs on it."""
        user = "65534" if on else "1000"
        if self.own:
            prefix, words = self.bed.as_user(), ["HOME=" + self.bed.folder]
        else:
            prefix = [*self.enter, "setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"]
            words = ["HOME=/tmp/home-" + user, "PATH=/usr/local/bin:/usr/bin:/bin:/usr/games", "USER=tester", "SHELL=/bin/sh"]
        words += [*self.ENVIRONMENT, "XDG_RUNTIME_DIR=/tmp/run-" + user]
        if on:
            words += ["XDG_RUNTIME_DIR=" + (self.bed.runtime if self.own else "/shared/run"), "WAYLAND_DISPLAY=" + os.path.basename(on.path)]
        elif hasattr(self, "display"):
            words += ["%s=%s" % pair for pair in self.display.items()]
        return self.bed.spawn([*prefix, "env", *([] if self.own else ["-i"]), *words, *environment, "sh", "-c",
                               "cd / && mkdir -p $HOME && mkdir -p -m 700 $XDG_RUNTIME_DIR && exec \"$@\"", "sh", *arguments], **options)

    def kill(self, process):
        """nsenter, the program below it, and all that this has started."""
        if process.poll() is None:
            for pid in family(process.pid):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            process.wait(PATIENCE_S)
        self.bed.processes.remove(process)

    def clipboard(self):
        """What is in it, among the guest's programs."""
        paste = self.start("wl-paste", "-n", stdout=subprocess.PIPE)
        out = paste.communicate(timeout=PATIENCE_S)[0]
        self.bed.processes.remove(paste)
        return out

    def pid(self, process):
        """Of the program itself: nsenter stays above it."""
        with open("/proc/%d/task/%d/children" % (process.pid, process.pid)) as file:
            children = file.read().split()
        return int(children[0]) if children else process.pid


class Inside(Tree):
    """The Debian 13 tree with its compositors, and no end of ours in it. The bed's folders are there as /shared."""

    def __init__(self, bed, which="desks"):
        self.bed = bed
        self.enter = self.tree_start(which, network=True)  # X servers' abstract sockets are there, and their numbers are the machine's

    def start(self, *arguments, **environment):
        words = ["%s=%s" % pair for pair in environment.items()]
        return self.bed.spawn([*self.enter, *self.bed.as_user(), "env", "-i", "PATH=/usr/bin:/bin", "HOME=/tmp", "LC_ALL=C.UTF-8",
                               "XDG_RUNTIME_DIR=/shared/run", *words, *arguments])


def run(tests, names=()):
    """Runs the functions of a test, each with what it says to standard output if it fails; exit code 1 if one did."""
    failed = []
    for test in tests:
        if names and test.__name__ not in names:
            continue
        begin = time.monotonic()
        try:
            test()
        except Exception:  # noqa: BLE001: all are told
            failed.append(test.__name__)
            print("FAILED %s" % test.__name__)
            traceback.print_exc(file=sys.stdout)
        print("%s: %.1f s" % (test.__name__, time.monotonic() - begin), flush=True)
    return failed
