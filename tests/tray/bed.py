"""Two session buses, one for the guest and one for the host, with the two trays between them; and scripted
ends: an item with a menu in the guest, a panel and a notification service on the host."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

import dbus
import dbus.lowlevel
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

DBusGMainLoop(set_as_default=True)

WATCHER = "org.kde.StatusNotifierWatcher"
ITEM = "org.kde.StatusNotifierItem"
MENU = "com.canonical.dbusmenu"
NOTIFICATIONS = "org.freedesktop.Notifications"
PROPERTIES = "org.freedesktop.DBus.Properties"
DEADLINE = 120  # for what never comes: the rest comes as fast as the machine lets it

build = sys.argv[1]


def wait_for(condition, what, deadline=DEADLINE):
    """Runs the main loop until condition() gives something true, which it returns."""
    context = GLib.MainContext.default()
    end = time.monotonic() + deadline
    timer = GLib.timeout_add(20, lambda: True)
    try:
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            context.iteration(True)
    finally:
        GLib.source_remove(timer)
    raise AssertionError("not within %d s: %s" % (deadline, what))


def settle(seconds=0.2):
    """For what must not happen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        GLib.MainContext.default().iteration(False)
        time.sleep(0.005)


def equal(what, got, wanted):
    if got != wanted:
        raise AssertionError("%s: %r, not %r" % (what, got, wanted))


def listens(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


class Bed:
    last = None  # to be ended also when it was not made to its end

    def __init__(self):
        Bed.last = self
        self.folder = tempfile.mkdtemp(prefix="vmsilo-tray-")
        self.processes = []
        self.log = open(self.folder + "/log", "w+")
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("DBUS_", "XDG_"))}
        self.environment.update(HOME=self.folder, XDG_RUNTIME_DIR=self.folder, NO_AT_BRIDGE="1")
        self.environment.pop("DISPLAY", None)
        self.environment.pop("WAYLAND_DISPLAY", None)

    def start(self, *arguments, **environment):
        merged = dict(self.environment, **environment)
        process = subprocess.Popen(arguments, env=merged, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        self.processes.append(process)
        return process

    def bus(self, name, services=None, **environment):
        """A bus that starts nothing of the machine: at most what is in the folder services."""
        path = "%s/%s.bus" % (self.folder, name)
        with open(path + ".conf", "w") as file:
            file.write(
                "<busconfig><type>session</type><listen>unix:path=%s</listen>%s"
                '<policy context="default"><allow send_destination="*" eavesdrop="true"/>'
                '<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>'
                % (path, "<servicedir>%s</servicedir>" % services if services else ""))
        self.start("dbus-daemon", "--nofork", "--config-file=%s.conf" % path, **environment)
        wait_for(lambda: listens(path), "the bus " + name)
        return "unix:path=" + path

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        code = process.wait(DEADLINE)
        self.processes.remove(process)
        return code

    def end(self, failed):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
        self.log.seek(0)
        if failed:
            sys.stderr.write(self.log.read())
        shutil.rmtree(self.folder)

    def logged(self):
        self.log.flush()
        with open(self.folder + "/log") as file:
            return file.read()


def connect(address):
    return dbus.bus.BusConnection(address)


class Item(dbus.service.Object):
    """A program's StatusNotifierItem with a menu, that notes what is called."""

    def __init__(self, address, **state):
        self.wire = connect(address)
        dbus.service.Object.__init__(self, self.wire, "/StatusNotifierItem")
        self.calls = []
        self.state = dict(Category="ApplicationStatus", Id="id", Title="Title", Status="Active", IconName="",
                          IconPixmap=pixmap(16, 16, (255, 0, 0, 255)), ItemIsMenu=False)
        self.state.update(state)
        self.menu = None

    def register(self, name=None):
        watcher = self.wire.get_object(WATCHER, "/StatusNotifierWatcher", introspect=False)
        watcher.RegisterStatusNotifierItem(name or self.wire.get_unique_name(), dbus_interface=WATCHER)
        return self

    def change(self, signal_name, **state):
        self.state.update(state)
        getattr(self, signal_name)()

    def close(self):
        self.wire.close()

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}")
    def GetAll(self, interface):
        return self.state

    @dbus.service.method(ITEM, in_signature="ii")
    def Activate(self, x, y):
        self.calls.append(("Activate", int(x), int(y)))

    @dbus.service.method(ITEM, in_signature="ii")
    def SecondaryActivate(self, x, y):
        self.calls.append(("SecondaryActivate", int(x), int(y)))

    @dbus.service.method(ITEM, in_signature="is")
    def Scroll(self, delta, orientation):
        self.calls.append(("Scroll", int(delta), str(orientation)))

    @dbus.service.method(ITEM, in_signature="s")
    def ProvideXdgActivationToken(self, token):
        self.calls.append(("Token", str(token)))

    @dbus.service.signal(ITEM)
    def NewTitle(self):
        pass

    @dbus.service.signal(ITEM)
    def NewIcon(self):
        pass

    @dbus.service.signal(ITEM)
    def NewAttentionIcon(self):
        pass

    @dbus.service.signal(ITEM)
    def NewOverlayIcon(self):
        pass

    @dbus.service.signal(ITEM)
    def NewToolTip(self):
        pass

    @dbus.service.signal(ITEM)
    def NewStatus(self):
        pass


class NamedItem:
    """A program like Chromium's: it has one object path and one connection for all its items, tells them apart by the
    name that a call goes to, and answers no call to its unique name. Deaf for the first so many calls."""

    def __init__(self, address, *names, path="/StatusNotifierItem", deaf=0):
        self.wire = connect(address)
        self.path = path
        self.deaf = deaf
        self.titles = {}
        self.names = [dbus.service.BusName(name, self.wire, do_not_queue=True) for name in names]
        for name in names:
            self.titles[name] = name.rsplit(".", 1)[1]
        self.wire.add_message_filter(self.on_message)

    def on_message(self, wire, message):
        if message.get_type() != 1 or message.get_interface() != PROPERTIES:
            return dbus.lowlevel.HANDLER_RESULT_NOT_YET_HANDLED
        title = self.titles.get(str(message.get_destination()))
        if message.get_path() == self.path and title and self.deaf == 0:
            reply = dbus.lowlevel.MethodReturnMessage(message)
            reply.append(dbus.Dictionary(dict(
                Category="ApplicationStatus", Id=title, Title=title, Status="Active",
                IconPixmap=pixmap(16, 16, (255, 0, 0, 255))), signature="sv"), signature="a{sv}")
        else:
            self.deaf = max(0, self.deaf - 1)
            reply = dbus.lowlevel.ErrorMessage(message, "org.freedesktop.DBus.Error.Failed", "not for you")
        wire.send_message(reply)
        return dbus.lowlevel.HANDLER_RESULT_HANDLED

    def register(self, text):
        watcher = self.wire.get_object(WATCHER, "/StatusNotifierWatcher", introspect=False)
        watcher.RegisterStatusNotifierItem(text, dbus_interface=WATCHER)
        return self

    def retitle(self, name, title):
        self.titles[name] = title
        self.wire.send_message(dbus.lowlevel.SignalMessage(self.path, ITEM, "NewTitle"))


class Menu(dbus.service.Object):
    """entries: list of (id, properties, entries)."""

    def __init__(self, item, path, entries):
        dbus.service.Object.__init__(self, item.wire, path)
        self.entries = entries
        self.revision = 1
        self.layouts = 0
        self.calls = []
        self.update = False
        item.state["Menu"] = dbus.ObjectPath(path)

    def layout(self, number, properties, entries):
        return dbus.Struct(
            (dbus.Int32(number), dbus.Dictionary(properties, signature="sv"),
             dbus.Array([self.layout(*entry) for entry in entries], signature="v", variant_level=0)),
            signature="ia{sv}av", variant_level=1)

    @dbus.service.method(MENU, in_signature="iias", out_signature="u(ia{sv}av)")
    def GetLayout(self, parent, depth, names):
        self.layouts += 1
        root = self.layout(0, {"children-display": "submenu"}, self.entries)
        return dbus.UInt32(self.revision), root

    @dbus.service.method(MENU, in_signature="isvu")
    def Event(self, number, name, data, timestamp):
        self.calls.append((str(name), int(number)))

    @dbus.service.method(MENU, in_signature="i", out_signature="b")
    def AboutToShow(self, number):
        self.calls.append(("AboutToShow", int(number)))
        if callable(self.update):
            self.update()
            return True
        return False

    @dbus.service.signal(MENU, signature="ui")
    def LayoutUpdated(self, revision, parent):
        pass

    @dbus.service.signal(MENU, signature="a(ia{sv})a(ias)")
    def ItemsPropertiesUpdated(self, updated, removed):
        pass

    def changed(self):
        self.revision += 1
        self.LayoutUpdated(self.revision, 0)


class Shown:
    """An item as a panel sees it."""

    def __init__(self, panel, name):
        self.panel = panel
        self.name = name
        self.signals = []
        self.proxy = panel.wire.get_object(name, "/StatusNotifierItem", introspect=False)
        self.match = panel.wire.add_signal_receiver(
            lambda *a, member=None: self.signals.append((member,) + tuple(map(str, a))),
            bus_name=name, dbus_interface=ITEM, member_keyword="member")
        self.menu_signals = []
        self.menu_match = panel.wire.add_signal_receiver(
            lambda *a, member=None: self.menu_signals.append((member, a)),
            bus_name=name, dbus_interface=MENU, member_keyword="member")

    def get(self, name):
        return self.proxy.Get(ITEM, name, dbus_interface=PROPERTIES)

    def pixels(self, side, name="IconPixmap"):
        def find():
            return [bytes(p) for width, height, p in self.get(name) if (width, height) == (side, side)]
        return wait_for(find, "a picture of %d pixels" % side)[0]

    def menu(self):
        return self.panel.wire.get_object(self.name, self.get("Menu"), introspect=False)

    def layout(self, parent=0, depth=-1, names=()):
        return ask(self.menu().GetLayout, parent, depth, dbus.Array(names, signature="s"), dbus_interface=MENU)

    def labels(self):
        return labels(self.layout()[1])

    def later(self, method, *arguments):
        """Calls without waiting; the result is a list that is filled."""
        result = []
        getattr(self.proxy, method)(*arguments, dbus_interface=ITEM, reply_handler=lambda *a: result.append(a or True),
                                    error_handler=result.append)
        return result


def ask(method, *arguments, **options):
    """Calls while the main loop runs, since the program that answers may be in this process."""
    result = []
    method(*arguments, reply_handler=lambda *a: result.append(a), error_handler=result.append, **options)
    wait_for(lambda: result, "an answer")
    if isinstance(result[0], Exception):
        raise result[0]
    return result[0][0] if len(result[0]) == 1 else result[0]


def labels(layout):
    """(id, label, [entries])"""
    return [(int(entry[0]), str(entry[1].get("label", "")), labels(entry)) for entry in layout[2]]


class Panel(dbus.service.Object):
    """The host's watcher, and a panel."""

    def __init__(self, address):
        self.wire = connect(address)
        dbus.service.Object.__init__(self, self.wire, "/StatusNotifierWatcher")
        self.items = {}
        self.registrations = []
        self.name = dbus.service.BusName(WATCHER, self.wire, do_not_queue=True)
        self.wire.add_signal_receiver(self.owner_changed, "NameOwnerChanged", "org.freedesktop.DBus",
                                            "org.freedesktop.DBus")

    def owner_changed(self, name, before, now):
        if not now:
            self.items.pop(name, None)

    @dbus.service.method(WATCHER, in_signature="s", sender_keyword="sender")
    def RegisterStatusNotifierItem(self, service, sender=None):
        self.registrations.append(str(service))
        self.items[str(service)] = Shown(self, str(service))

    def only(self):
        wait_for(lambda: len(self.items) == 1, "one item in the panel, not %d" % len(self.items))
        return next(iter(self.items.values()))

    def titled(self, title):
        def find():
            for shown in self.items.values():
                if str(shown.get("Title")) == title:
                    return shown
            return None
        return wait_for(find, "an item with the title " + title)


class Daemon(dbus.service.Object):
    """The host's notification service."""

    def __init__(self, address, capabilities=("actions", "body", "body-markup", "sound")):
        self.wire = connect(address)
        dbus.service.Object.__init__(self, self.wire, "/org/freedesktop/Notifications")
        self.capabilities = capabilities
        self.received = []
        self.closed = []
        self.last = 100
        self.name = dbus.service.BusName(NOTIFICATIONS, self.wire, do_not_queue=True)

    @dbus.service.method(NOTIFICATIONS, out_signature="as")
    def GetCapabilities(self):
        return self.capabilities

    @dbus.service.method(NOTIFICATIONS, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, summary, body, actions, hints, expire):
        number = int(replaces)
        if number == 0:
            self.last += 1
            number = self.last
        self.received.append(dict(number=number, app=str(app), replaces=int(replaces), icon=str(icon),
                                  summary=str(summary), body=str(body), actions=[str(a) for a in actions],
                                  hints=hints, expire=int(expire)))
        return dbus.UInt32(number)

    @dbus.service.method(NOTIFICATIONS, in_signature="u")
    def CloseNotification(self, number):
        self.closed.append(int(number))
        self.NotificationClosed(number, 3)

    @dbus.service.signal(NOTIFICATIONS, signature="uu")
    def NotificationClosed(self, number, reason):
        pass

    @dbus.service.signal(NOTIFICATIONS, signature="us")
    def ActionInvoked(self, number, key):
        pass

    @dbus.service.signal(NOTIFICATIONS, signature="us")
    def ActivationToken(self, number, token):
        pass

    def wait(self, count):
        wait_for(lambda: len(self.received) >= count, "notification %d" % count)
        return self.received[count - 1]


def pixmap(width, height, rgba):
    """a(iiay) with one picture of one colour."""
    red, green, blue, alpha = rgba
    pixels = dbus.ByteArray(bytes((alpha, red, green, blue)) * (width * height))
    return dbus.Array([dbus.Struct((dbus.Int32(width), dbus.Int32(height), pixels), signature="iiay")],
                      signature="(iiay)")


class Pair(Bed):
    """Both trays, joined by a unix socket."""

    def __init__(self, vm="untrusted", colour="orange", panel=True, daemon=True):
        Bed.__init__(self)
        self.vm = vm
        self.colour = colour
        self.guest_address = self.bus("guest")
        self.host_address = self.bus("host")
        self.socket = self.folder + "/tray"
        self.panel = Panel(self.host_address) if panel else None
        self.daemon = Daemon(self.host_address) if daemon else None
        self.guest_start()
        self.host_start()
        self.guest = connect(self.guest_address)

    def guest_start(self):
        self.guest_tray = self.start(build + "/bin/vmsilo-guest-tray", "--listen", self.socket,
                                     DBUS_SESSION_BUS_ADDRESS=self.guest_address)

    def host_start(self):
        self.host_tray = self.start(build + "/bin/vmsilo-tray", "--log-level", "debug", "--connect",
                                    "%s,%s,%s" % (self.vm, self.colour, self.socket),
                                    DBUS_SESSION_BUS_ADDRESS=self.host_address)

    def ready(self):
        """The guest has a watcher: it spoke to the host."""
        wait_for(lambda: self.guest.name_has_owner(WATCHER), "the guest's watcher")
        wait_for(lambda: self.guest.name_has_owner(NOTIFICATIONS), "the guest's notification service")
        return self


def pair():
    return Pair().ready()


def run(*tests):
    """Each test gets a bed of its own: what its attribute make gives, or pair()."""
    failed = 0
    for test in tests:
        Bed.last = None
        started = time.monotonic()
        passed = False
        try:
            bed = getattr(test, "make", pair)()
            test(bed)
            passed = True
        except Exception:  # a test's failure, whatever it is
            traceback.print_exc()
        finally:
            if Bed.last:
                Bed.last.end(not passed)
        failed += not passed
        print("%s %s (%.1f s)" % ("ok" if passed else "FAILED", test.__name__, time.monotonic() - started), flush=True)
    print("%d tests, %d failed" % (len(tests), failed))
    sys.exit(1 if failed else 0)
