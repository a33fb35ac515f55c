"""Desktops on which a VM's windows are to appear: what shows them and what makes them are scripts, which say what they were given.
The broker, the agent, the clients and vmsilo-windows are real."""

import json
import os
import shutil
import subprocess
import sys

here = os.path.dirname(os.path.realpath(__file__))
sys.path[:0] = [here + "/../hostile", here + "/../lib"]
import peer  # noqa: E402

# The guest's end: says what its display is, and takes streams from the agent.
GUEST = f"""#!/usr/bin/python3
import os, socket, sys
folder = os.environ.get("VMSILO_TEST_WINDOWS") or "FOLDER"
def note(text):
    with open(folder + "/guest.log", "a") as file:
        file.write(text + chr(10))
note("started " + " ".join(sys.argv[1:]))
if os.path.exists(folder + "/guest.broken"):
    sys.exit(7)
wire = socket.socket(socket.AF_UNIX)
wire.connect(folder + "/shown.guest")
os.write(1, b"WAYLAND_DISPLAY=vmsilo-0\\nDISPLAY=:7\\nXDG_SESSION_TYPE=wayland\\n")
os.dup2(2, 1)
while True:
    data, fds, _, _ = socket.recv_fds(wire, 1, 4)
    if not data:
        break
    note("stream %d" % len(fds))
"""

# The host's end: greets the guest's agent, reports windows, and answers what it is asked.
VIEW = f"""#!/usr/bin/python3
import os, signal, socket, sys
sys.dont_write_bytecode = True
sys.path.insert(0, {here + "/../hostile"!r})
import peer
from peer import frame, message
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
folder = "FOLDER"
def note(text):
    with open(folder + "/view%s.log" % os.environ.get("VMSILO_TEST_DESK", ""), "a") as file:
        file.write(text + chr(10))
note("started %d %s" % (os.getpid(), options["--vm"]))
control = peer.Stream(socket.socket(fileno=int(options["--control-fd"])))
stream = peer.Stream(socket.socket(fileno=int(options["--stream-fd"])))
socket.socket(fileno=int(options["--wayland-fd"])).sendall(b"hello compositor")
control.sock.settimeout(None)
def texts(payload):
    return {{number: values[-1] for number, values in peer.fields(payload).items()}}
kind, _, payload = control.read()
settings = texts(payload)
note("settings colour=%06x copy=%s paste=%s clipboard=%d token=%d" % (
    settings[2], settings[7].decode(), settings[8].decode(), settings[6], len(settings[1])))
shared = settings.get(5, 0)
if shared:
    status = os.fstat(int(options["--shared-fd"]))
    note("shared %d %d" % (shared, status.st_size))
stream.send(peer.hello(token=settings[1]))
stream.expect(peer.HELLO)
note("greeted")
if os.path.exists(folder + "/view.ends"):
    with open(folder + "/view.ends") as file:
        sys.exit(int(file.read()))
if os.path.exists(folder + "/view.violates"):
    control.send(frame(216, message((1, "it sent a window of no size\\x1b[2J"))))
    sys.exit(3)
def counts(visible):
    control.send(frame(209, message((1, 2), (2, visible))))
def crossed(*_):
    for bytes_, to_guest, too_large in (1234, 0, 0), (77, 1, 0), (2000000, 0, 1):
        control.send(frame(212, message((1, 1), (2, bytes_), (3, to_guest), (4, too_large))))
signal.signal(signal.SIGHUP, crossed)
signal.signal(signal.SIGUSR1, lambda *_: counts(0))
signal.signal(signal.SIGUSR2, lambda *_: counts(1))
counts(1)
taken = b""
while True:
    try:
        kind, _, payload = control.read()
    except peer.Ended:
        note("ended")
        sys.exit(0)
    got = texts(payload)
    if kind == 213:
        note("activate %s %s" % (got[1].decode(), got[2].decode()))
    elif kind == 210:
        window = message((1, 4), (2, "~ - xterm"), (3, "XTerm"), (4, 640), (5, 480), (6, 100), (7, 5000))
        control.send(frame(211, message((1, window), (2, 1000000))))
    elif kind == 195:
        for part, last in ((b"from the ", 0), (b"guest", 1)):
            control.send(frame(177, message((1, got[1]), (2, 1), (3, part), (4, last))))
    elif kind == 177:
        taken = taken + got.get(3, b"") if not got.get(5) else b""
        if got.get(4) and not got.get(5):
            note("clipboard %d %s" % (len(taken), taken[:32].decode()))
            taken = b""
    elif kind == 208:
        note("settings again colour=%06x" % texts(payload)[2])
    elif kind == 214:
        note("close")
"""


class Bed(peer.Suite):
    """In self.folder: bin/ with the programs of the build, desk/ with the scripts and what they say, and run/, the user's."""

    def __init__(self, build):
        peer.Suite.__init__(self)
        self.folder = self.work
        self.bin = self.folder + "/bin"
        for name in ("bin", "run", "config/vmsilo", "desk"):
            os.makedirs(f"{self.folder}/{name}")
        os.chmod(self.folder + "/run", 0o700)
        for name in ("vmsilo", "vmsilo-windows", "vmsilo-tray"):
            shutil.copy(f"{build}/bin/{name}", self.bin)
        shutil.copy(f"{build}/tests/vmsilo-broker-agent", self.bin + "/vmsilo-broker")
        for name in ("vm-pause", "vm-run", "vm-stop", "vm-start"):
            os.symlink("vmsilo", f"{self.bin}/{name}")
        self.script(self.bin + "/vmsilo-windows-view", VIEW)
        self.script(self.folder + "/desk/guest-windows", GUEST)
        self.environment = {key: value for key, value in os.environ.items()
                            if not key.startswith(("XDG_", "WAYLAND", "DISPLAY", "DBUS_", "VMSILO_BROKER"))}
        self.environment.update(
            PATH=self.bin + ":" + os.environ["PATH"], HOME=self.folder, XDG_RUNTIME_DIR=self.folder + "/run",
            XDG_CONFIG_HOME=self.folder + "/config", XDG_DATA_HOME=self.folder + "/data",
            XDG_STATE_HOME=self.folder + "/state", VMSILO_TEST_WINDOWS=self.folder + "/desk")
        open(self.folder + "/log", "w").close()

    def script(self, path, text):
        with open(path, "w") as file:
            file.write(text.replace("FOLDER", self.folder + "/desk"))
        os.chmod(path, 0o755)

    def start(self, *arguments):
        with open(self.folder + "/log", "a") as log:
            return subprocess.Popen(arguments, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def call(self, *arguments, desktop=True, stdin=None, **environment):
        merged = dict(self.environment, **environment)
        if desktop:
            merged["WAYLAND_DISPLAY"] = "wayland-1"
        result = subprocess.run(arguments, env=merged, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
                                capture_output=True, timeout=peer.PATIENCE_S, text=True)
        with open(self.folder + "/log", "a") as file:
            file.write(f"$ {arguments}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def lines(self, name):
        try:
            with open(f"{self.folder}/desk/{name}.log") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            return []

    def appears(self, what, name, text, times=1):
        """A line that begins so, so often."""
        def seen():
            return sum(line.startswith(text) for line in self.lines(name)) >= times
        self.check(what, peer.eventually(seen), self.lines(name))

    def status(self, vm):
        return json.loads(self.call("vmsilo", "status", "--json", vm).stdout)

    def until(self, what, condition):
        self.check(what, peer.eventually(condition))

    def view_pid(self):
        return int([line for line in self.lines("view") if line.startswith("started")][-1].split()[1])
