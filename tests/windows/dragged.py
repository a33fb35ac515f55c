"""Programs that are dragged from and onto, of GTK and by hand."""

import json
import os
import subprocess

# One window that is dragged from, and onto. A line of JSON says how; each thing that happens to it is a line.
PROGRAM = """import json, sys, gi
gi.require_version("Gdk", "3.0")
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk
name = sys.argv[1]
how = dict(offer={}, actions=["copy"], accept=[], action="copy", choose=None, hold=False)
seen = []
def say(*words):
    print(*words, flush=True)
def bits(names):
    return Gdk.DragAction(sum(int(getattr(Gdk.DragAction, one.upper())) for one in names))
def word(action):
    return "+".join(one for one in ("copy", "move", "ask") if action & bits([one])) or "none"
window = Gtk.Window(title=name)
window.set_default_size(300, 200)
area = Gtk.EventBox()
window.add(area)
def on_begin(_, context):
    say("begin")
    context.connect("action-changed", lambda _, action: say("action", word(action)))
def on_get(_, context, data, info, time):
    kind = data.get_target().name()
    say("get", kind)
    text, times = how["offer"][kind]
    data.set(data.get_target(), 8, text.encode() * times)
def on_motion(_, context, x, y, time):
    kinds = [atom.name() for atom in context.list_targets()]
    chosen = [kind for kind in how["accept"] if kind in kinds]
    if not seen:
        say("enter", word(context.get_actions()), *kinds)
        seen.append(True)
    Gdk.drag_status(context, bits([how["action"]]) if chosen else Gdk.DragAction(0), time)
    return True
def on_leave(*_):
    seen.clear()
    say("leave")
def on_drop(_, context, x, y, time):
    say("drop", word(context.get_selected_action()))
    if how["hold"]:
        return True
    if how["choose"]:
        Gdk.drag_status(context, bits([how["choose"]]), time)
    kinds = [atom.name() for atom in context.list_targets()]
    area.drag_get_data(context, Gdk.Atom.intern([kind for kind in how["accept"] if kind in kinds][0], False), time)
    return True
def on_received(_, context, x, y, data, info, time):
    got = data.get_data() or b""
    say("received", data.get_target().name(), len(got), got[:40].decode().replace("\\n", ",").replace("\\r", ""))
    Gtk.drag_finish(context, len(got) > 0, False, time)
def on_line(channel, _):
    line = sys.stdin.readline()
    if not line:
        Gtk.main_quit()
        return False
    how.update(json.loads(line))
    seen.clear()
    area.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [Gtk.TargetEntry.new(kind, 0, 0) for kind in how["offer"]], bits(how["actions"]))
    area.drag_dest_set(Gtk.DestDefaults(0), [], Gdk.DragAction(0))
    say("ready")
    return True
area.connect("drag-begin", on_begin)
area.connect("drag-data-get", on_get)
area.connect("drag-end", lambda _, context: say("end", word(context.get_selected_action())))
area.connect("drag-failed", lambda _, context, result: say("failed", result.value_nick))
area.connect("drag-motion", on_motion)
area.connect("drag-leave", on_leave)
area.connect("drag-drop", on_drop)
area.connect("drag-data-received", on_received)
window.connect("destroy", Gtk.main_quit)
GLib.io_add_watch(0, GLib.PRIORITY_DEFAULT, GLib.IO_IN | GLib.IO_HUP, on_line)
window.show_all()
Gtk.main()"""
# An X11 program with a window that says by XDND what its lines say, and prints what it is told. Words of a message are numbers, names of
# atoms, or 'me' for its window.
RAW = """import ctypes, os, select, sys
from ctypes import byref, c_char_p, c_int, c_long, c_ubyte, c_uint, c_ulong, c_void_p, cast, POINTER
x = ctypes.CDLL("libX11.so.6")
for name in "XOpenDisplay", "XDefaultRootWindow", "XCreateSimpleWindow", "XInternAtom", "XGetSelectionOwner":
    getattr(x, name).restype = c_void_p if name == "XOpenDisplay" else c_ulong
x.XGetAtomName.restype = c_char_p
handler = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p)(lambda *_: 0)
x.XSetErrorHandler(handler)
display = c_void_p(x.XOpenDisplay(None))
root = c_ulong(x.XDefaultRootWindow(display))
window = c_ulong(x.XCreateSimpleWindow(display, root, 0, 0, 300, 200, 0, c_ulong(0), c_ulong(0xff)))
x.XStoreName(display, window, b"raw")
x.XSelectInput(display, window, c_long(1 << 2 | 1 << 3 | 1 << 22))
x.XMapWindow(display, window)
how = "data"
incremental = []
proxy = None
class Message(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p), ("window", c_ulong), ("kind", c_ulong),
                ("format", c_int), ("words", c_long * 5), ("rest", c_long * 16)]
class Request(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p), ("owner", c_ulong), ("requestor", c_ulong),
                ("selection", c_ulong), ("target", c_ulong), ("property", c_ulong), ("time", c_ulong), ("rest", c_long * 16)]
class Notify(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p), ("requestor", c_ulong), ("selection", c_ulong),
                ("target", c_ulong), ("property", c_ulong), ("time", c_ulong), ("rest", c_long * 16)]
class Property(ctypes.Structure):
    _fields_ = [("type", c_int), ("serial", c_ulong), ("sent", c_int), ("display", c_void_p), ("window", c_ulong), ("atom", c_ulong),
                ("time", c_ulong), ("state", c_int), ("rest", c_long * 16)]
def atom(name):
    return x.XInternAtom(display, name.encode(), 0)
def number(word):
    return window.value if word == "me" else int(word, 0) if word.lstrip("-")[:1].isdigit() else atom(word)
def say(*words):
    print(*words, flush=True)
def change(where, name, kind, form, values):
    data = (c_long * len(values))(*values) if form == 32 else (c_ubyte * len(values)).from_buffer_copy(values)
    x.XChangeProperty(display, c_ulong(where), c_ulong(name), c_ulong(kind), form, 0, data, len(values))
def find():
    global proxy
    a, b, children, count = c_ulong(), c_ulong(), POINTER(c_ulong)(), c_uint()
    x.XQueryTree(display, root, byref(a), byref(b), byref(children), byref(count))
    for one in children[:count.value]:
        kind, form, length, after, data = c_ulong(), c_int(), c_ulong(), c_ulong(), c_void_p()
        x.XGetWindowProperty(display, c_ulong(one), c_ulong(atom("XdndAware")), c_long(0), c_long(1), 0, c_ulong(0), byref(kind), byref(form),
                             byref(length), byref(after), byref(data))
        attributes = (c_long * 40)()
        x.XGetWindowAttributes(display, c_ulong(one), attributes)
        # Viewable, and for input alone: byte 92 of XWindowAttributes is map_state, byte 40 class.
        raw = bytes(attributes)
        if length.value and int.from_bytes(raw[92:96], "little") == 2 and int.from_bytes(raw[40:44], "little") == 2:
            proxy = one
def send(words):
    event = Message(33, 0, 1, None, proxy, number(words[0]), 32)
    for at, word in enumerate(words[1:]):
        event.words[at] = number(word)
    x.XSendEvent(display, c_ulong(proxy), 0, c_long(0), byref(event))
def answer(request):
    def notify(property):
        event = Notify(31, 0, 1, None, request.requestor, request.selection, request.target, property, request.time)
        x.XSendEvent(display, c_ulong(request.requestor), 0, c_long(0), byref(event))
    if how == "silent":
        return
    if how == "data":
        change(request.requestor, request.property, request.target, 8, b"raw data")
    elif how == "many":
        change(request.requestor, request.property, request.target, 32, list(range(70000)))
    elif how.startswith("incr"):
        x.XSelectInput(display, c_ulong(request.requestor), c_long(1 << 22))
        change(request.requestor, request.property, atom("INCR"), 32, [1 << 31])
        incremental[:] = [request.requestor, request.property, request.target, 3 if how == "incr" else 0 if how == "incr-empty" else 1 << 30]
        if how == "incr-early":
            for _ in range(20):
                change(request.requestor, request.property, request.target, 8, b"early")
    notify(0 if how == "none" else request.property)
    if how == "twice":
        notify(request.property)
        notify(0)
def event_take():
    event = (c_long * 24)()
    x.XNextEvent(display, event)
    kind = cast(event, POINTER(c_int))[0]
    if kind == 30:
        request = cast(event, POINTER(Request)).contents
        say("asked", x.XGetAtomName(display, c_ulong(request.target)).decode())
        answer(request)
    elif kind == 33:
        message = cast(event, POINTER(Message)).contents
        name = x.XGetAtomName(display, c_ulong(message.kind)).decode()
        at = 4 if name == "XdndStatus" else 2
        action = message.words[at]
        say(name, message.words[1] & 1, x.XGetAtomName(display, c_ulong(action)).decode() if action else "-")
    elif kind == 28 and incremental:
        changed = cast(event, POINTER(Property)).contents
        if changed.window == incremental[0] and changed.atom == incremental[1] and changed.state == 1:
            incremental[3] -= 1
            change(incremental[0], incremental[1], incremental[2], 8, b"piece " if incremental[3] >= 0 else b"")
            if incremental[3] < 0:
                incremental.clear()
    elif kind == 4:
        say("pressed")
def line_take():
    global how
    line = sys.stdin.buffer.raw.readline().decode()
    if not line:
        sys.exit()
    word, *words = line.split()
    if word == "own":
        x.XSetSelectionOwner(display, c_ulong(atom("XdndSelection")), window if words[0] == "me" else c_ulong(0), c_ulong(0))
    elif word == "find":
        find()
    elif word == "how":
        how = words[0]
    elif word == "list":
        change(window.value, atom(words[0]), atom(words[1]), int(words[2]), [number(one) for one in words[3:]] if words[2] == "32" else b"12345678")
    elif word == "types":
        change(window.value, atom("XdndTypeList"), atom("ATOM"), 32, [atom("x/%d" % one) for one in range(int(words[0]))])
    else:
        send(words) if word == "send" else None
    x.XSync(display, 0)
    if word != "send":
        say("done", word)
while True:
    while x.XPending(display):
        event_take()
    if select.select([0, x.XConnectionNumber(display)], [], [])[0][:1] == [0]:
        line_take()
"""
TEXT, URIS = "text/plain;charset=utf-8", "text/uri-list"
OFFER = {TEXT: ["grün", 1], URIS: ["file:///one\r\nfile:///two\r\n", 1]}


class Program:
    """With one window; it prints lines. name: x and w begin those of X11 and of Wayland; 'raw' is RAW. until: as wait_for()."""

    def __init__(self, tree, name, until, **options):
        self.name, self.until = name, until
        words = [RAW] if name == "raw" else [PROGRAM, name]
        self.process = tree.start("env", "GDK_BACKEND=" + ("x11" if name[0] == "x" else "wayland"), "python3", "-c", *words,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, **options)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.rest, self.said = b"", []

    def hear(self):
        data = self.process.stdout.read()
        while data:
            self.rest += data
            data = self.process.stdout.read()
        *lines, self.rest = self.rest.split(b"\n")
        self.said += [line.decode() for line in lines]
        return self.said

    def tell(self, line, answer):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        if answer:
            self.wait(answer)

    def how(self, **fields):
        self.tell(json.dumps(fields), "ready")
        self.said.clear()

    def begins(self, word):
        return [line for line in self.hear() if line.startswith(word)]

    def wait(self, line, whole=True):
        """That it says so, once it has been told to begin."""
        try:
            return self.until(lambda: [one for one in self.hear() if (one == line if whole else one.startswith(line))],
                              "%s says %r" % (self.name, line))[0]
        except AssertionError as error:
            raise AssertionError("%s; it said %s" % (error, self.said)) from None
