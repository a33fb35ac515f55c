"""weston, mutter and kwin in a window of an X server without a screen: its frame buffer is a file, its pointer and keyboard are moved
by xdotool, whatever runs in it. What of its windows each compositor tells is told here in one form."""

import json
import mmap
import os
import re
import socket
import struct
import subprocess

import gi
from PIL import Image

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from bed import LEFT, MIDDLE, PATIENCE_S, RIGHT, Sway, wait_for
from keys import ESC
from pointer import Connection

BUS = """<busconfig><type>session</type><listen>unix:path=%s</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>"""


class Nested:
    """inside: an Inside, for the compositor to run in. scale: of its only output."""

    scales = [2]  # that it can show to the pixel here
    corners = 4  # of the screen where popups are tried
    panel = 0  # pixels at the top that maximised windows leave free
    layers = "desks"  # of the tree where Debian 13's is
    wheels = True  # tells clients of the X server's wheel
    ends = True  # says that a drag which resizes is over
    suspends = False  # says it of a window that nobody sees
    hides = True  # the pointer's picture, if a client wants none

    def __init__(self, bed, size=(1280, 720), scale=1, inside=None):
        self.bed, self.inside, self.scale = bed, inside, scale
        self.connection = None
        self.x_start(size)
        self.bus = "unix:path=%s/bus" % ("/shared/run" if inside else bed.runtime)
        self.environment = dict(WAYLAND_DISPLAY="wayland-n", GDK_BACKEND="wayland")
        self.path = bed.runtime + "/wayland-n"
        self.begin(size)
        wait_for(lambda: self.process.poll() is not None or os.path.exists(self.path), self.kind + "'s socket")
        wait_for(self.is_up, self.kind + " is up")
        # weston takes the pointer's place from its first entering, and may have no output yet by then: it enters once more.
        self.move(size[0], 0)
        self.click(size[0] - 1, size[1] - 1)  # mutter tells nobody of the pointer before it has seen a first press

    def x_start(self, size):
        """Its processes and the compositor's share memory, so both are in one IPC namespace. A column of the screen is the compositor's no more."""
        ready_read, ready_write = os.pipe()
        here = ["nsenter", "--target", str(self.inside.inner), "--ipc"] if self.inside else []
        self.bed.spawn([*here, *self.bed.as_user(), "Xvfb", "-displayfd", str(ready_write), "-screen", "0", "%dx%dx24" % (size[0] + 1, size[1]), "-nolisten", "tcp",
                        "-fbdir", self.bed.runtime], env=self.bed.environment, pass_fds=[ready_write])
        os.close(ready_write)
        with open(ready_read) as file:
            self.x_environment = dict(DISPLAY=":" + file.readline().strip())
        with open(self.bed.runtime + "/Xvfb_screen0", "rb") as file:
            self.screen = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header, _, _, _, _, _, _, _, _, _, _, _, stride = struct.unpack_from(">13I", self.screen)
        colours = struct.unpack_from(">20I", self.screen)[19]
        self.screen_at = *size, stride, header + 12 * colours

    def bus_start(self):
        """Of its own, which starts nothing by itself."""
        path = self.bed.write("bus.conf", BUS % (self.bed.runtime + "/bus"))
        self.bed.start("dbus-daemon", "--nofork", "--config-file=" + path)
        wait_for(lambda: os.path.exists(self.bed.runtime + "/bus"), "a bus")

    def call(self, name, path, interface, method, form="()", *arguments):
        """Of something on that bus; what it answers."""
        if not self.connection:
            flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
            self.connection = Gio.DBusConnection.new_for_address_sync("unix:path=%s/bus" % self.bed.runtime, flags, None, None)
        return self.connection.call_sync(name, path, interface, method, GLib.Variant(form, arguments), None, 0, PATIENCE_S * 1000, None).unpack()

    def run(self, *arguments, **environment):
        starter = self.inside.start if self.inside else self.bed.start
        self.process = starter(*arguments, **self.x_environment, **environment)

    def is_up(self):
        """Whether it shows its desktop: something that is not black, as the X server's screen is."""
        if self.process.poll() is not None:
            raise AssertionError("%s ended with %d" % (self.kind, self.process.returncode))
        return self.shoot().getbbox()

    def shoot(self, output=None):
        width, height, stride, at = self.screen_at
        return Image.frombuffer("RGB", (width, height), self.screen[at:at + stride * height], "raw", "BGRX", stride, 1)

    until = Sway.until

    def xdotool(self, *words):
        self.bed.call("xdotool", *map(str, words), **self.x_environment)

    def move(self, x, y):
        self.xdotool("mousemove", int(x), int(y))

    def park(self):
        """Where its picture covers next to nothing."""
        self.move(self.screen_at[0] - 1, self.screen_at[1] - 1)

    def press(self, button=LEFT, down=True):
        self.xdotool("mousedown" if down else "mouseup", {LEFT: 1, MIDDLE: 2, RIGHT: 3}[button])

    def click(self, x, y, button=LEFT):
        self.move(x, y)
        self.press(button, True)
        self.press(button, False)

    def wheel(self, notches):
        self.xdotool("click", "--repeat", abs(notches), 5 if notches > 0 else 4)

    def key(self, code, down):
        """By the kernel's number."""
        self.xdotool("keydown" if down else "keyup", code + 8)

    def tap(self, *codes):
        for code in codes:
            self.key(code, True)
        for code in reversed(codes):
            self.key(code, False)

    def window(self, title):
        return next((window for window in self.windows() or [] if title in window["title"]), None)


class Listener(Connection):
    """A connection to a compositor, with one of its globals as object 4."""

    def __init__(self, path, interface, version=1):
        super().__init__(path, (interface, version), patience=PATIENCE_S)


class Fingers(Connection):
    """A touch screen of kwin 6.3: org_kde_kwin_fake_input."""

    def __init__(self, path):
        super().__init__(path, ("org_kde_kwin_fake_input", 4), patience=PATIENCE_S)
        self.request(4, 0, self.string("fingers") + self.string("a test"))

    def at(self, opcode, finger, x, y):
        self.request(4, opcode, struct.pack("<Iii", finger, int(x * 256), int(y * 256)))
        self.request(4, 8)

    def down(self, finger, x, y):
        self.at(4, finger, x, y)

    def move(self, finger, x, y):
        self.at(5, finger, x, y)

    def up(self, finger):
        self.request(4, 6, struct.pack("<I", finger))
        self.request(4, 8)


class Weston(Nested):
    kind = "weston"
    corners = 1  # it keeps no popup on the screen

    def begin(self, size):
        # The backend's name is the whole file's in the older one, and a word in the newer.
        backend = ["--backend=x11", "--renderer=pixman"] if self.inside else ["--backend=x11-backend.so", "--use-pixman"]
        config = self.bed.shared + "/weston.ini"
        with open(config, "w") as file:
            file.write("[shell]\npanel-position=none\nbackground-color=0xff202020\nanimation=none\nstartup-animation=none\nclose-animation=none\n"
                       "focus-animation=none\nlocking=false\n")
        self.run("weston", *backend, "--config=" + ("/shared/weston.ini" if self.inside else config), "--width=%d" % (size[0] / self.scale),
                 "--height=%d" % (size[1] / self.scale), "--scale=%d" % self.scale, "--idle-time=0", "--socket=wayland-n", "--debug")

    def scene(self):
        """The scene graph, as it is told to who debugs it."""
        listener = Listener(self.path, "weston_debug_v1")
        ours, theirs = os.pipe()
        name = listener.string("scene-graph")
        listener.wire.sendmsg([struct.pack("<II", 4, 8 + len(name) + 4 << 16 | 1) + name + struct.pack("<I", 5)],
                              [(socket.SOL_SOCKET, socket.SCM_RIGHTS, struct.pack("i", theirs))])
        os.close(theirs)
        with open(ours, errors="replace") as file:
            text = file.read()
        listener.wire.close()
        return text

    def windows(self):
        """The topmost first; of each its title, app id, and the box of its surface."""
        found = []
        for view in re.split(r"\n\s*View \d+ ", self.scene()):
            name = re.search(r"(?:top-level|toplevel) window '(.*)' of ([^,]*),", view)
            place = re.search(r"position: \((-?\d+), (-?\d+)\) -> \((-?\d+), (-?\d+)\)", view)
            if name and place and "xdg_toplevel" in view.split("\n")[0]:
                found.append(dict(title=name[1], app_id=name[2], box=tuple(map(int, place.groups()))))
        return found


class Mutter(Nested):
    """Says nothing of its windows to anybody."""

    kind = "mutter"
    wheels = False

    def begin(self, size):
        self.suspends, self.ends = bool(self.inside), not self.inside
        self.bus_start()
        self.run("mutter", "--wayland", "--nested", "--no-x11", "--wayland-display=wayland-n", DBUS_SESSION_BUS_ADDRESS=self.bus,
                 MUTTER_DEBUG_DUMMY_MODE_SPECS="%dx%d" % size, LIBGL_ALWAYS_SOFTWARE="1", GSETTINGS_BACKEND="memory")

    def is_up(self):
        up = super().is_up()
        if up and self.scale != 1:
            name = "org.gnome.Mutter.DisplayConfig"
            serial, monitors, shown, _ = self.call(name, "/org/gnome/Mutter/DisplayConfig", name, "GetCurrentState")
            if shown[0][2] == self.scale:
                return up
            (connector, *_), modes, _ = monitors[0]
            self.call(name, "/org/gnome/Mutter/DisplayConfig", name, "ApplyMonitorsConfig", "(uua(iiduba(ssa{sv}))a{sv})", serial, 1,
                      [(0, 0, self.scale, 0, True, [(connector, modes[0][0], {})])], {})
        return up

    def windows(self):
        return None


class GnomeShell(Mutter):
    """mutter with GNOME's desktop: a panel at the top, and an overview at the beginning, where windows are small pictures of themselves."""

    kind = "gnome-shell"
    panel = 32
    layers = "large"

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.tap(ESC)  # a first press that was long has opened the desktop's menu

    def begin(self, size):
        self.suspends, self.ends, self.seen = True, False, False
        self.bus_start()
        folder = self.bed.shared + "/config/glib-2.0/settings"
        os.makedirs(folder)
        with open(folder + "/keyfile", "w") as file:
            file.write("[org/gnome/desktop/interface]\nenable-animations=false\n[org/gnome/shell]\nwelcome-dialog-last-shown-version='99'\n")
        # Of the machine's services that it asks for it does without all, but not without a bus.
        self.run("gnome-shell", "--wayland", "--nested", "--no-x11", "--wayland-display=wayland-n", DBUS_SESSION_BUS_ADDRESS=self.bus,
                 DBUS_SYSTEM_BUS_ADDRESS=self.bus, MUTTER_DEBUG_DUMMY_MODE_SPECS="%dx%d" % size, LIBGL_ALWAYS_SOFTWARE="1",
                 GSETTINGS_BACKEND="keyfile", XDG_CONFIG_HOME="/shared/config")

    def is_up(self):
        """Once the overview was there and is left. Left before all had started, it would keep the pointer to itself; another scale before that,
        and it would not start."""
        if "GNOME Shell started" not in self.bed.logged() or not super().is_up():
            return False
        shell = "org.gnome.Shell", "/org/gnome/Shell", "org.freedesktop.DBus.Properties"
        if not self.call(*shell, "Get", "(ss)", "org.gnome.Shell", "OverviewActive")[0]:
            return self.seen or self.scale != 1  # the other scale has ended it
        self.seen = True
        self.call(*shell, "Set", "(ssv)", "org.gnome.Shell", "OverviewActive", GLib.Variant("b", False))
        return False

    def windows(self):
        """Titles and app ids, without order or place: as it tells them to the portal that the user chooses windows by."""
        bus, name = "org.freedesktop.DBus", "org.gnome.Shell.Introspect"
        self.call(bus, "/org/freedesktop/DBus", bus, "RequestName", "(su)", "org.freedesktop.impl.portal.desktop.gnome", 4)
        found = self.call(name, "/org/gnome/Shell/Introspect", name, "GetWindows")[0]
        return [dict(title=window["title"], app_id=window["wm-class"], active=window["has-focus"]) for window in found.values()]


SCRIPT = """
var all = workspace.stackingOrder || workspace.clientList();
var found = [];
for (var i = 0; i < all.length; i++) {
    var w = all[i];
    if (w.normalWindow || w.dialog) {
        var g = w.frameGeometry;
        found.push({title: w.caption, app_id: String(w.resourceClass), box: [g.x, g.y, g.x + g.width, g.y + g.height], active: w.active,
                    fullscreen: w.fullScreen, minimized: w.minimized});
        %s
    }
}
print("%s" + JSON.stringify(found) + "\\n");
"""


class Kwin(Nested):
    kind = "kwin"
    scales = [1.25, 1.5, 2]

    def begin(self, size):
        self.bus_start()
        self.asked = 0
        self.hides, self.suspends = not self.inside, bool(self.inside)
        # Its window's size is in logical pixels.
        scaled = ["--width", str(round(size[0] / self.scale)), "--height", str(round(size[1] / self.scale)), "--scale", str(self.scale)]
        if self.inside and self.scale != 1:
            self.outputs_write(size)
            scaled = ["--width", str(size[0]), "--height", str(size[1])]
        # Where the bounding set lacks what its file's capabilities name it does not start: a copy has none.
        self.run("sh", "-c", "cp /usr/bin/kwin_wayland $XDG_RUNTIME_DIR/ && exec $XDG_RUNTIME_DIR/kwin_wayland \"$@\"", "sh",
                 "--x11-display", self.x_environment["DISPLAY"], *scaled, "--socket", "wayland-n", "--no-lockscreen", "--no-global-shortcuts",
                 DBUS_SESSION_BUS_ADDRESS=self.bus, KWIN_COMPOSE="Q", KWIN_WAYLAND_NO_PERMISSION_CHECKS="1", QT_LOGGING_RULES="kwin_scripting.debug=true;js.debug=true",
                 XDG_CONFIG_HOME="/shared/config" if self.inside else "/tmp/none")

    def outputs_write(self, size):
        """What it has kept of its outputs: the newer one takes a scale from there alone."""
        mode = dict(width=size[0], height=size[1], refreshRate=60000)
        os.mkdir(self.bed.shared + "/config")
        with open(self.bed.shared + "/config/kwinoutputconfig.json", "w") as file:
            json.dump([dict(name="outputs", data=[dict(connectorName="X11-0", scale=self.scale, mode=mode)]),
                       dict(name="setups", data=[dict(lidClosed=False, outputs=[dict(enabled=True, outputIndex=0, position=dict(x=0, y=0),
                                                                                     priority=0)])])], file)

    def scripting(self, path, interface, method, *arguments):
        return self.call("org.kde.KWin", path, "org.kde.kwin." + interface, method, *arguments)

    def script(self, each=""):
        """Runs one; each: what it does with a window w. The windows as they were before, the topmost last."""
        self.asked += 1
        mark = "asked%d:" % self.asked
        with open(self.bed.shared + "/" + mark, "w") as file:
            file.write(SCRIPT % (each, mark))
        path = ("/shared/" if self.inside else self.bed.shared + "/") + mark
        number = self.scripting("/Scripting", "Scripting", "loadScript", "(ss)", path, mark)
        self.scripting(("/Scripting/Script%d" if self.inside else "/%d") % number, "Script", "run")
        text = wait_for(lambda: re.search(mark + r"(\[.*\])", self.bed.logged()), "kwin's answer")[1]
        self.scripting("/Scripting", "Scripting", "unloadScript", "(s)", mark)
        return json.loads(text)

    def windows(self):
        return self.script()[::-1]
